//! A PostgreSQL server of the tests' own: a fresh cluster on a free loopback port, gone at the end.

use crate::setup;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A running server; stopped and removed when dropped.
pub struct Server {
    folder: PathBuf,
    /// Address of its maintenance database.
    pub url: String,
}

/// A program of the server, where Debian or the path has it.
pub fn bin(name: &str) -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|folders| {
            folders.flatten().map(|folder| folder.path().join("bin").join(name)).collect()
        })
        .unwrap_or_default();
    versions.sort();
    versions.into_iter().rev().find(|path| path.is_file())
}

impl Server {
    /// Starts one.
    pub fn start() -> Result<Server, String> {
        let port = free_port().map_err(|error| error.to_string())?;
        let folder = std::env::temp_dir().join(format!("yipan-postgres-{port}"));
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        if setup::is_root() {
            // The server refuses to run as root.
            crate::run("chown", &["postgres", &folder.display().to_string()])?;
        }
        let data = folder.join("data").display().to_string();
        let server =
            Server { url: format!("postgres://postgres@127.0.0.1:{port}/postgres"), folder };
        server.tool(
            "initdb",
            &["-D", &data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"],
        )?;
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c max_connections=200",
            server.folder.display()
        );
        let log = server.folder.join("log").display().to_string();
        server.tool("pg_ctl", &["-D", &data, "-o", &options, "-l", &log, "-w", "start"])?;
        Ok(server)
    }

    fn tool(&self, name: &str, args: &[&str]) -> Result<(), String> {
        let program = bin(name).ok_or_else(|| format!("{name} is not installed"))?;
        let mut command = if setup::is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(&program);
            command
        } else {
            Command::new(&program)
        };
        let output = command
            .args(args)
            .current_dir(&self.folder)
            .stdout(std::process::Stdio::null())
            .status()
            .map_err(|error| error.to_string())?;
        output.success().then_some(()).ok_or_else(|| format!("{name} failed"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.folder.join("data").display().to_string();
        if let Err(error) = self.tool("pg_ctl", &["-D", &data, "-m", "immediate", "stop"]) {
            eprintln!("PostgreSQL of the tests did not stop: {error}");
        }
        if let Err(error) = std::fs::remove_dir_all(Path::new(&self.folder)) {
            eprintln!("{} remains: {error}", self.folder.display());
        }
    }
}

/// A loopback port that is free now.
pub fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
