//! What somebody did with a button, a modal or a shortcut.
//!
//! Invariant: an interaction is believed no more than a slash command: the same workspaces, the same token. What an
//! action means is its owner's business; one that nobody owns is acknowledged and changes nothing.

use slack::{Interaction, InteractionKind};

use crate::access;
use crate::ack::{Ack, AckBody};
use crate::asking;
use crate::bot::Inner;
use crate::members;
use crate::offer;
use crate::request;

/// Takes a verified interaction.
pub(crate) async fn press(inner: &Inner, interaction: &Interaction) -> Ack {
    if let Err(fault) = request::believe(&inner.settings, interaction.tenant(), interaction.token.as_ref()) {
        inner.counters.unusable.add();
        tracing::warn!(fault = %fault, "a signed interaction was not taken");
        return Ack::refused(&fault);
    }
    // Whoever presses may be seen for the first time.
    members::known(inner, interaction.tenant(), &interaction.user_id).await;
    if let Some(ack) = access::press(inner, interaction).await {
        return ack;
    }
    if let Some(ack) = asking::press(inner, interaction).await {
        return ack;
    }
    if let Some(ack) = offer::press(inner, interaction).await {
        return ack;
    }
    tracing::info!(kind = name(&interaction.kind), "an interaction came that nothing here answers");
    Ack::empty()
}

/// What a select offers for what was typed; `None` if the interaction asks for nothing.
pub(crate) async fn offer(inner: &Inner, interaction: &Interaction) -> Option<Ack> {
    let InteractionKind::BlockSuggestion { action_id, typed } = &interaction.kind else { return None };
    if let Err(fault) = request::believe(&inner.settings, interaction.tenant(), interaction.token.as_ref()) {
        inner.counters.unusable.add();
        tracing::warn!(fault = %fault, "a signed interaction was not taken");
        return Some(Ack::refused(&fault));
    }
    let offered = access::offer(inner, interaction, action_id, typed).await.unwrap_or_default();
    Some(Ack { status: 200, body: AckBody::Options(offered) })
}

fn name(kind: &InteractionKind) -> &'static str {
    match kind {
        InteractionKind::BlockActions { .. } => "block_actions",
        InteractionKind::ViewSubmission(_) => "view_submission",
        InteractionKind::ViewClosed { .. } => "view_closed",
        InteractionKind::Shortcut { .. } => "shortcut",
        InteractionKind::MessageAction { .. } => "message_action",
        InteractionKind::BlockSuggestion { .. } => "block_suggestion",
        InteractionKind::Other(_) => "unknown",
    }
}
