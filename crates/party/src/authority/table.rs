//! The permissions in print: one line per permission, one column per role, for review.

/// The grid of a pack's roles: names of the roles, and for every permission who holds it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Grid {
    /// Role ids, in the pack's order.
    pub roles: Vec<String>,
    /// Permission and, for each role, whether it is granted.
    pub lines: Vec<(String, Vec<bool>)>,
}

/// The grid of the pack.
pub fn grid(pack: &pack::Province) -> Grid {
    let roles: Vec<String> = pack.roles().map(|role| role.id.clone()).collect();
    let mut permissions: Vec<String> =
        roles.iter().flat_map(|role| pack.role_permissions(role).to_vec()).collect();
    permissions.sort();
    permissions.dedup();
    let holds = |role: &String, wanted: &String| pack.role_permissions(role).contains(wanted);
    let lines = permissions
        .into_iter()
        .map(|permission| {
            let held = roles.iter().map(|role| holds(role, &permission)).collect();
            (permission, held)
        })
        .collect();
    Grid { roles, lines }
}

/// The grid as plain text: `x` where the role holds the permission, `.` where not.
pub fn table(pack: &pack::Province) -> String {
    let grid = grid(pack);
    let width =
        grid.lines.iter().map(|(permission, _)| permission.len()).max().unwrap_or(0).max(10);
    let mut out = format!("{:width$}", "permission");
    for role in &grid.roles {
        out.push_str("  ");
        out.push_str(role);
    }
    out.push('\n');
    for (permission, held) in &grid.lines {
        let mut line = format!("{permission:width$}");
        for (role, held) in grid.roles.iter().zip(held) {
            let mark = if *held { "x" } else { "." };
            line.push_str(&format!("  {mark:len$}", len = role.chars().count()));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
