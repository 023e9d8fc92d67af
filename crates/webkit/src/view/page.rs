//! What every page knows about its reader and its site: language, path, actor, modes, shell links.
//!
//! Invariants: all of it is data decided before rendering; a template computes no permission.
//! Must not know: any area, any database, the clock (`now` is handed in).

use kernel::{Lang, Text, Timestamp};
use serde::Serialize;

/// What the shell of a page shows about one request; available in templates as `page`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PageContext {
    /// Language of the page.
    pub lang: Lang,
    /// Path and query of the request, for "current" marks and for coming back after a switch.
    pub path: String,
    /// Title for pages that do not write their own `title` block.
    pub title: Option<String>,
    /// Who has signed in; nobody when absent.
    pub actor: Option<PageActor>,
    /// Token every form carries against forged requests.
    pub csrf: String,
    /// Says in a form to whom it was shown; empty for nobody.
    pub whose: String,
    /// What a form sent before its sender showed who he is, sealed; empty for nothing.
    pub kept: String,
    /// Token of one rendering of a form: the same token twice is one act.
    pub once: String,
    /// 长者模式.
    pub elder: bool,
    /// High contrast.
    pub contrast: bool,
    /// Set on a demonstration installation.
    pub demo: Option<Demo>,
    /// What the last request reports.
    pub flash: Option<Flash>,
    /// Where the second factor is shown, when a form of the page needs it and its reader has not shown
    /// it yet: told before he fills it in.
    pub verify: Option<String>,
    /// Links of the staff rail, already filtered by permission.
    pub rail: Vec<RailGroup>,
    /// Unread messages of the actor.
    pub messages: u64,
    /// The instant at which the page is made; lamps count down from it.
    pub now: Option<Timestamp>,
}

/// The signed-in reader of a page.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PageActor {
    /// Name as shown in the masthead.
    pub name: String,
    /// Role ids, e.g. `reviewer`.
    pub roles: Vec<String>,
    /// `citizen`, `officer` or `system`.
    pub kind: String,
}

/// A demonstration installation and its own clock.
#[derive(Clone, Debug, Serialize)]
pub struct Demo {
    /// The demonstration's present.
    pub now: Timestamp,
    /// Sentence of the ribbon.
    pub banner: String,
}

/// A report shown once, after a redirect.
#[derive(Clone, Debug, Serialize)]
pub struct Flash {
    /// `ok`, `warn`, `bad` or empty for plain information.
    pub kind: String,
    /// The sentence.
    pub text: String,
}

/// A headed group of the staff rail.
#[derive(Clone, Debug, Serialize)]
pub struct RailGroup {
    /// Heading, in the page's language.
    pub title: String,
    /// Links under it.
    pub links: Vec<RailLink>,
}

/// A link of the staff rail.
#[derive(Clone, Debug, Serialize)]
pub struct RailLink {
    /// Where it leads.
    pub href: String,
    /// Label, in the page's language.
    pub label: String,
    /// Icon name.
    pub icon: String,
    /// Things waiting there.
    pub count: Option<u64>,
    /// True on the page the reader is on.
    pub current: bool,
}

/// A link of the site's shell, in both languages.
#[derive(Clone, Debug, Serialize)]
pub struct NavLink {
    /// Where it leads.
    pub href: String,
    /// Label.
    pub label: Text,
}

/// A headed column of footer links.
#[derive(Clone, Debug, Serialize)]
pub struct NavGroup {
    /// Heading.
    pub title: Text,
    /// Links under it.
    pub links: Vec<NavLink>,
}

/// What is the same on every page of an installation; available in templates as `site`.
#[derive(Clone, Debug, Serialize)]
pub struct Site {
    /// Name of the platform, beside the logo.
    pub name: Text,
    /// Line under the name.
    pub subtitle: Text,
    /// Region served, in the utility bar.
    pub region: Text,
    /// The five links of the masthead.
    pub nav: Vec<NavLink>,
    /// Columns of the footer.
    pub footer: Vec<NavGroup>,
    /// Telephone of the government service hotline.
    pub hotline: String,
    /// Legal lines at the foot: sponsor, operator, registration numbers.
    pub legal: Vec<Text>,
}

fn link(href: &str, zh: &str, en: &str) -> NavLink {
    NavLink { href: href.to_owned(), label: Text::new(zh, en) }
}

impl Default for Site {
    fn default() -> Site {
        Site {
            name: Text::new("一盘棋", "Yipan"),
            subtitle: Text::new("一体化政务服务平台", "Government services in one place"),
            region: Text::new("全省", "Whole province"),
            nav: vec![
                link("/", "首页", "Home"),
                link("/items?for=person", "个人办事", "People"),
                link("/items?for=organization", "法人办事", "Business"),
                link("/one-things", "一件事", "Life events"),
                link("/track", "查进度", "Track"),
            ],
            footer: vec![
                NavGroup {
                    title: Text::new("办事", "Services"),
                    links: vec![
                        link("/items?for=person", "个人办事", "People"),
                        link("/items?for=organization", "法人办事", "Business"),
                        link("/one-things", "一件事", "Life events"),
                    ],
                },
                NavGroup {
                    title: Text::new("我的", "Mine"),
                    links: vec![
                        link("/cases", "我的办件", "My cases"),
                        link("/wallet", "我的证照", "My licences"),
                        link("/my/data-use", "谁用过我的数据", "Who read my data"),
                    ],
                },
                NavGroup {
                    title: Text::new("关于", "About"),
                    links: vec![
                        link("/verify", "验证证照", "Verify a licence"),
                        link("/accessibility", "无障碍说明", "Accessibility"),
                        link("/capabilities", "能力地图", "Capability map"),
                    ],
                },
            ],
            hotline: "12345".to_owned(),
            legal: Vec::new(),
        }
    }
}
