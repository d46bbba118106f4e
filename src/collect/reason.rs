//! Why a source is a blind spot (盲区的原因), and what to do about each: typed, so that pages, numbers and notices say the same.

use serde::{Deserialize, Serialize};

use super::health::Health;

/// Why a source gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// No connection.
    Unreachable,
    /// Too slow.
    Slow,
    /// No trusted connection.
    Tls,
    /// The address is no more.
    Gone,
    /// The server is in trouble.
    Server,
    /// It wants to be left alone for a while.
    Resting,
    /// `robots.txt` forbids it.
    Robots,
    /// What `robots.txt` says can't be known.
    RobotsUnknown,
    /// The address is none to talk to.
    Address,
    /// Redirects lead nowhere.
    Redirects,
    /// Larger than what is taken.
    TooLarge,
    /// The answer can't be read.
    Unreadable,
    /// A firewall, a captcha, a log-in, a refusal.
    Wall,
    /// The list has no items.
    Empty,
    /// The items' pages have no text.
    Textless,
    /// Fields that were there are there no more.
    Fields,
    /// It used to give something new at each look.
    Frozen,
    /// Nothing new for long.
    Silent,
    /// What is pushed or put there is refused.
    Rejected,
    /// The watched folder can't be read.
    Folder,
    /// The definition can't be used.
    Definition,
}

impl Reason {
    /// The word that is stored.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Slow => "slow",
            Self::Tls => "tls",
            Self::Gone => "gone",
            Self::Server => "server",
            Self::Resting => "resting",
            Self::Robots => "robots",
            Self::RobotsUnknown => "robots_unknown",
            Self::Address => "address",
            Self::Redirects => "redirects",
            Self::TooLarge => "too_large",
            Self::Unreadable => "unreadable",
            Self::Wall => "wall",
            Self::Empty => "empty",
            Self::Textless => "textless",
            Self::Fields => "fields",
            Self::Frozen => "frozen",
            Self::Silent => "silent",
            Self::Rejected => "rejected",
            Self::Folder => "folder",
            Self::Definition => "definition",
        }
    }

    /// The health that it makes.
    pub const fn health(self) -> Health {
        match self {
            Self::Wall => Health::Wall,
            Self::Empty => Health::Empty,
            Self::Textless => Health::Textless,
            Self::Fields => Health::Fields,
            Self::Frozen => Health::Frozen,
            Self::Silent => Health::Stale,
            _ => Health::Failing,
        }
    }

    /// Whether it lies in what was read: then an unchanged page is as blind as it was.
    pub const fn is_of_content(self) -> bool {
        matches!(self, Self::Wall | Self::Empty | Self::Textless | Self::Fields | Self::Unreadable)
    }

    /// What to do about it.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Unreachable => "请在浏览器中打开该网址，核对域名与本机网络、代理（collect.proxy）",
            Self::Slow => "请稍后在浏览器中打开该网址；确实较慢的，可在信源文件中加大 http.timeout",
            Self::Tls => "请核对网址与本机时间；证书过期或不受信任的，请联系网站方更换",
            Self::Gone => "栏目地址可能已变，请在网站上找到新地址，改信源文件中的 url",
            Self::Server => "对方服务器故障，系统会自动重试；长时间不恢复的，请联系网站方",
            Self::Resting => "对方要求暂缓访问，系统会按其要求等待；经常如此的，请放慢 http.rate",
            Self::Robots => "网站的 robots.txt 不允许采集；请与网站方协商，或停用该信源（enabled: false）",
            Self::RobotsUnknown => "robots.txt 读不到时不采集，系统会自动重试；长时间不恢复的，请联系网站方",
            Self::Address => "请核对信源文件中的 url；确为内网信源的，写 allow_private: true",
            Self::Redirects => "请在浏览器中打开该网址，把跳转后的地址写进信源文件的 url",
            Self::TooLarge => "请改用分页或更小的栏目地址；确需的，可加大 http.max_body",
            Self::Unreadable => "返回的内容不是约定的格式，网站可能已改版，请核对信源文件的 kind、url 与选择器",
            Self::Wall => "对方拦截了采集，系统不会绕过；请联系网站方放行，或改用其订阅、接口与授权推送",
            Self::Empty => "网站可能已改版，请核对信源文件中列表的选择器（list.items 或 json.items）",
            Self::Textless => "详情页可能已改版，请核对信源文件中的 detail.text；修好后会自动补取",
            Self::Fields => "网站可能已改版，请核对这些字段的选择器；修好后会自动重读",
            Self::Frozen => "请在浏览器中核对栏目是否仍在更新，列表是否被缓存或冻结",
            Self::Silent => "请确认栏目是否停更、推送方或导入任务是否仍在运行",
            Self::Rejected => "请核对对方所送文件或数据的格式，原因见“信源”页的拒收记录",
            Self::Folder => "请检查该文件夹是否存在、是否可读写",
            Self::Definition => "请运行 huiying rules check 并改正信源文件",
        }
    }
}
