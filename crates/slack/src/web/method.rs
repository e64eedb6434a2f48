//! The methods that are used: how often they may be asked, and what becomes of a doubtful one.
//!
//! Source: each method's page under <https://docs.slack.dev/reference/methods>, for the tiers
//! <https://docs.slack.dev/apis/web-api/rate-limits>.

/// How often Slack lets a method be asked, a workspace and minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// 20 a minute.
    Two,
    /// 50 a minute.
    Three,
    /// 100 a minute.
    Four,
    /// Several hundred a minute; `chat.postMessage` besides about one a second and channel.
    Special,
}

/// How the arguments travel. Methods that only read take no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `application/json`
    Json,
    /// `application/x-www-form-urlencoded`
    Form,
}

/// Whether a request may be sent again when nobody knows whether it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Doing it twice comes to the same.
    Harmless,
    /// Doing it twice shows.
    Shows,
}

/// One of Slack's methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// `chat.postMessage`
    pub name: &'static str,
    /// How often.
    pub tier: Tier,
    /// How its arguments travel.
    pub encoding: Encoding,
    /// Whether it may be repeated in doubt.
    pub repeat: Repeat,
}

impl Tier {
    /// How many a minute.
    pub fn per_minute(self) -> u32 {
        match self {
            Tier::Two => 20,
            Tier::Three => 50,
            Tier::Four => 100,
            Tier::Special => 300,
        }
    }
}

impl Method {
    /// A method that only reads.
    pub const fn reads(name: &'static str, tier: Tier) -> Method {
        Method { name, tier, encoding: Encoding::Form, repeat: Repeat::Harmless }
    }

    /// A method that changes something.
    pub const fn changes(name: &'static str, tier: Tier, repeat: Repeat) -> Method {
        Method { name, tier, encoding: Encoding::Json, repeat }
    }
}
