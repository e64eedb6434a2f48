//! Identity Center and what else asks on a terminal: prompts, files, and what chat refuses.

use super::*;

const CONFIG: &str = "[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://d/start\n\
                      sso_registration_scopes = sso:account:access\n";
const REGISTERED: (u16, &str) =
    (200, r#"{"clientId": "c", "clientSecret": "cs", "clientSecretExpiresAt": 4000000000}"#);
const BEGUN: (u16, &str) = (
    200,
    r#"{"deviceCode": "d", "userCode": "U-1", "verificationUri": "https://v", "verificationUriComplete": "https://v?c", "expiresIn": 600, "interval": 1}"#,
);
const PENDING: (u16, &str) = (400, r#"{"__type": "AuthorizationPendingException"}"#);
const TOKEN: (u16, &str) = (200, r#"{"accessToken": "AT", "expiresIn": 3600, "refreshToken": "RT"}"#);

#[test]
fn a_token_is_kept_where_others_find_it() {
    let (env, shelf) = home(&[("/h/.aws/config", CONFIG)]);
    let line = "sso login --sso-session s --use-device-code --no-browser";
    let ran = stage(&env, line, &[REGISTERED, BEGUN, PENDING, TOKEN]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    insta::assert_snapshot!(ran.out, @r"
    Browser will not be automatically opened.
    Please visit the following URL:

    https://v

    Then enter the code:

    U-1

    Alternatively, you may visit the following URL which will autofill the code upon loading:
    https://v?c
    Successfully logged into Start URL: https://d/start
    ");
    // The SHA-1 of the session's name.
    let token = content(&shelf, "/h/.aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json");
    assert!(token.contains(r#""accessToken": "AT""#) && token.contains(r#""refreshToken": "RT""#), "{token}");
    let again = stage(&env, line, &[BEGUN, TOKEN]);
    assert_eq!((again.code, again.asked.len()), (0, 2), "the registration is kept");
    let expired = (400, r#"{"__type": "ExpiredTokenException"}"#);
    let ran = stage(&env, line, &[BEGUN, PENDING, expired]);
    assert!(ran.code == 255 && ran.err.contains("must be restarted"), "{}", ran.err);
    let ran = stage(&env, "sso login", &[]);
    assert!(ran.code == 253 && ran.err.contains("sso_start_url, sso_region"), "{}", ran.err);
}

#[test]
fn keys_of_a_csv_become_profiles() {
    let csv = "User name,Access key ID,Secret access key\nu,AK,SK\n";
    let (env, shelf) = home(&[("/c.csv", csv)]);
    let ran = stage(&env, "configure import --csv file:///c.csv --profile-prefix x-", &[]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "Successfully imported 1 profile(s)\n"));
    assert_eq!(
        content(&shelf, "/h/.aws/credentials"),
        "[x-u]\naws_access_key_id = AK\naws_secret_access_key = SK\n"
    );
}

#[test]
fn the_machine_is_not_the_channels() {
    for line in [
        "sso login",
        "sso logout",
        "configure sso",
        "configure sso-session",
        "configure mfa-login",
        "configure import --csv x",
        "configure add-model --service-model {}",
    ] {
        let fault = read(line, Profile::Chat).unwrap_err();
        assert!(fault.reason.contains("is not available in chat"), "{line}: {}", fault.reason);
    }
    for line in ["login", "deploy install"] {
        let fault = read(line, Profile::Terminal).unwrap_err();
        assert!(fault.reason.contains("is not available here: "), "{line}: {}", fault.reason);
    }
    let fault =
        read("logs start-live-tail --log-group-identifiers a --mode interactive", Profile::Chat).unwrap_err();
    assert!(fault.reason.contains("draws on the whole screen"), "{}", fault.reason);
}
