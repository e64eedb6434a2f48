//! Modals that the app opens.

use super::method::{Method, Repeat, Tier};
use super::{AnswerObject, Fields, Request};
use crate::PayloadError;
use crate::blocks::View;

/// Which modal it became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Its id, for updates.
    pub view_id: String,
    /// What it is at now; see [`ViewsUpdate::hash`].
    pub hash: Option<String>,
}

/// `views.open`: within three seconds of what the user did.
#[derive(Debug, Clone)]
pub struct ViewsOpen<'a> {
    /// From the command or interaction.
    pub trigger_id: &'a str,
    /// The modal.
    pub view: &'a View,
}

/// `views.push`: puts a modal on top of the one that is open.
#[derive(Debug, Clone)]
pub struct ViewsPush<'a> {
    /// From the interaction.
    pub trigger_id: &'a str,
    /// The modal.
    pub view: &'a View,
}

/// `views.update`.
#[derive(Debug, Clone)]
pub struct ViewsUpdate<'a> {
    /// Which.
    pub view_id: &'a str,
    /// Nothing is done if it has changed since.
    pub hash: Option<&'a str>,
    /// What stands there instead.
    pub view: &'a View,
}

fn opened(answer: AnswerObject<'_>) -> Result<Opened, PayloadError> {
    let view = answer.within("view")?;
    Ok(Opened { view_id: view.needed_id("id")?, hash: view.short("hash") })
}

impl Request for ViewsOpen<'_> {
    type Answer = Opened;
    // A trigger works once.
    const METHOD: Method = Method::changes("views.open", Tier::Four, Repeat::Shows);

    fn fields(&self) -> Fields {
        Fields::new().with("trigger_id", self.trigger_id).with("view", self.view)
    }

    fn read(&self, answer: AnswerObject<'_>) -> Result<Opened, PayloadError> {
        opened(answer)
    }
}

impl Request for ViewsPush<'_> {
    type Answer = Opened;
    const METHOD: Method = Method::changes("views.push", Tier::Four, Repeat::Shows);

    fn fields(&self) -> Fields {
        Fields::new().with("trigger_id", self.trigger_id).with("view", self.view)
    }

    fn read(&self, answer: AnswerObject<'_>) -> Result<Opened, PayloadError> {
        opened(answer)
    }
}

impl Request for ViewsUpdate<'_> {
    type Answer = Opened;
    const METHOD: Method = Method::changes("views.update", Tier::Four, Repeat::Harmless);

    fn fields(&self) -> Fields {
        Fields::new().with("view_id", self.view_id).with("hash", self.hash).with("view", self.view)
    }

    fn read(&self, answer: AnswerObject<'_>) -> Result<Opened, PayloadError> {
        opened(answer)
    }
}
