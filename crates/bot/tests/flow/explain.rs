//! What the flow makes of AWS's refusals.

use std::sync::Arc;

use crate::engine::{self, ASSUMED, Wire};
use crate::stage::{Running, Stage, until};
use crate::text;

const GET_SECRET: &str = "secretsmanager get-secret-value --secret-id x";

/// The post and the wire after one line whose calls are answered so.
async fn said(line: &str, answers: &[Option<(u16, &'static str)>]) -> (String, Arc<Wire>) {
    let mut stage = Stage::new();
    let wire = Arc::new(Wire::default());
    engine::over(&wire, &mut stage);
    wire.answers.lock().expect("answers").clear();
    wire.play(answers);
    let running = Running::start(&stage).await;
    text(&running.bot.accept(&stage.typed(line)).await);
    until("the answer", || !stage.slack.posts().is_empty()).await;
    running.stop().await;
    (stage.slack.posts().join("\n"), wire)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_whose_policy_would_have_to_allow_it() {
    let refused = r#"{"__type":"AccessDeniedException","Message":"User: arn:aws:sts::111111111111:assumed-role/Bellhop/U0ALICE@T1 is not authorized to perform: secretsmanager:GetSecretValue on resource: x because no identity-based policy allows the secretsmanager:GetSecretValue action"}"#;
    let (post, _) = said(GET_SECRET, &[Some((200, ASSUMED)), Some((400, refused))]).await;
    assert!(
        post.contains("the policies of role Bellhop would have to allow secretsmanager:GetSecretValue on x."),
        "{post}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encoded_refusal_is_decoded_where_the_role_may() {
    let refused = r#"{"__type":"AccessDeniedException","Message":"You are not authorized to perform this operation. Encoded authorization failure message: BLOBBLOB"}"#;
    let decoded = "<DecodeAuthorizationMessageResponse><DecodeAuthorizationMessageResult><DecodedMessage>{\
        &quot;explicitDeny&quot;:true,&quot;context&quot;:{&quot;action&quot;:&quot;secretsmanager:GetSecretValue&quot;,\
        &quot;resource&quot;:&quot;arn:aws:secretsmanager:::x&quot;}}</DecodedMessage></DecodeAuthorizationMessageResult>\
        </DecodeAuthorizationMessageResponse>";
    let (post, wire) =
        said(GET_SECRET, &[Some((200, ASSUMED)), Some((400, refused)), Some((200, decoded))]).await;
    assert!(post.contains("denies secretsmanager:GetSecretValue on arn:aws:secretsmanager:::x."), "{post}");
    assert!(!post.contains("BLOBBLOB") && !post.contains("Encoded"), "{post}");
    assert!(wire.sent()[2].1.contains("DecodeAuthorizationMessage"));
    let no = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>No.</Message></Error></ErrorResponse>";
    let (post, _) = said(GET_SECRET, &[Some((200, ASSUMED)), Some((400, refused)), Some((403, no))]).await;
    assert!(post.contains("may not decode them (sts:DecodeAuthorizationMessage)"), "{post}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trust_policy_that_forbids_naming_the_caller_is_told_its_statement() {
    let no = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>User: arn:aws:iam::999999999999:user/bellhop is \
        not authorized to perform: sts:TagSession on resource: arn:aws:iam::111111111111:role/Bellhop</Message></Error>\
        </ErrorResponse>";
    let (post, wire) = said("ec2 describe-vpcs", &[Some((403, no))]).await;
    assert!(
        post.contains("sts:SetSourceIdentity") && post.contains("arn:aws:iam::999999999999:user/bellhop"),
        "{post}"
    );
    assert_eq!(wire.sent().len(), 1, "it is not tried again without naming the caller");
}
