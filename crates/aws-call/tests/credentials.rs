//! The chain of credential sources, in a world that is staged.
#![expect(clippy::unwrap_used, reason = "tests stage what they know")]

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use aws_call::credentials::config::SharedConfig;
use aws_call::credentials::{Chain, ChainSettings, Surroundings};
use aws_call::transport::{
    Body, HttpAnswer, HttpRequest, Limits, Transport, TransportError, TransportErrorKind,
};
use aws_call::{
    BoxFuture, CallOptions, Client, ClientParts, CredentialSource as _, Credentials, CredentialsError,
    OsRandom, SystemClock,
};
use aws_model::Catalog;
use bytes::Bytes;

#[derive(Debug, Default, Clone)]
struct World {
    vars: BTreeMap<String, String>,
    files: BTreeMap<PathBuf, String>,
    written: Arc<Mutex<BTreeMap<PathBuf, String>>>,
}

impl Surroundings for World {
    fn var(&self, name: &str) -> Option<String> {
        self.vars.get(name).cloned()
    }
    fn home(&self) -> Option<PathBuf> {
        Some("/home/u".into())
    }
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.files.get(path).map(|text| text.as_bytes().to_vec()).ok_or(io::ErrorKind::NotFound.into())
    }
    fn write_private(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let text = String::from_utf8_lossy(content).into_owned();
        self.written.lock().unwrap().insert(path.to_owned(), text);
        Ok(())
    }
    fn run(&self, command: &str) -> BoxFuture<'_, io::Result<Vec<u8>>> {
        assert_eq!(command, "give me keys");
        Box::pin(std::future::ready(Ok(
            br#"{"Version": 1, "AccessKeyId": "PROCESS", "SecretAccessKey": "s"}"#.to_vec(),
        )))
    }
}

/// Answers by path and form, as STS, Identity Center, a container's and an instance's service would.
#[derive(Debug, Default)]
struct Services(Mutex<Vec<String>>);

struct Once(Option<Bytes>);

impl Body for Once {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(std::future::ready(Ok(self.0.take())))
    }
}

fn sts(operation: &str, key: &str) -> String {
    format!(
        "<{operation}Response><{operation}Result><Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></{operation}Result></{operation}Response>"
    )
}

fn reply(request: &HttpRequest) -> Option<String> {
    let form = String::from_utf8_lossy(request.body()).into_owned();
    let keys = |key: &str| {
        format!(
            r#"{{"AccessKeyId": "{key}", "SecretAccessKey": "s", "Token": "t", "Expiration": "2999-01-01T00:00:00Z"}}"#
        )
    };
    let host = request.uri().host()?.to_owned();
    Some(match (host.as_str(), request.uri().path()) {
        ("169.254.170.2", "/v2/keys") => keys("CONTAINER"),
        ("169.254.169.254", "/latest/api/token") => "token".to_owned(),
        ("169.254.169.254", "/latest/meta-data/iam/security-credentials/") => "a-role\n".to_owned(),
        ("169.254.169.254", "/latest/meta-data/iam/security-credentials/a-role") => {
            assert_eq!(request.headers()["x-aws-ec2-metadata-token"], "token");
            keys("INSTANCE")
        }
        (host, "/token") if host.starts_with("oidc.eu-west-1") => {
            assert!(
                form.contains("\"refresh\"") && !request.headers().contains_key("authorization"),
                "{form}"
            );
            r#"{"accessToken": "bearer", "expiresIn": 3600, "refreshToken": "next"}"#.to_owned()
        }
        (host, "/federation/credentials") if host.starts_with("portal.sso.eu-west-1") => {
            assert_eq!(request.headers()["x-amz-sso_bearer_token"], "bearer");
            r#"{"roleCredentials": {"accessKeyId": "SSO", "secretAccessKey": "s", "sessionToken": "t", "expiration": 32503680000000}}"#.to_owned()
        }
        (_, "/") if form.contains("Action=AssumeRoleWithWebIdentity") => {
            assert!(
                form.contains("WebIdentityToken=web-token")
                    && !request.headers().contains_key("authorization")
            );
            sts("AssumeRoleWithWebIdentity", "WEB")
        }
        (_, "/") if form.contains("Action=AssumeRole") => {
            let by = request.headers()["authorization"].to_str().unwrap();
            let by = by.split("Credential=").nth(1).unwrap().split('/').next().unwrap();
            let role = form.split("role%2F").nth(1).unwrap().split('&').next().unwrap();
            sts("AssumeRole", &format!("{role}-by-{by}"))
        }
        _ => return None,
    })
}

impl Transport for Services {
    fn send(&self, request: HttpRequest, _: Limits) -> BoxFuture<'_, Result<HttpAnswer, TransportError>> {
        self.0.lock().unwrap().push(request.uri().to_string());
        let outcome = match reply(&request) {
            Some(text) => Ok(HttpAnswer {
                status: 200,
                headers: http::HeaderMap::new(),
                body: Box::new(Once(Some(text.into()))),
            }),
            None => Err(TransportError {
                kind: TransportErrorKind::Connect,
                sent: false,
                reason: "nobody there".to_owned(),
            }),
        };
        Box::pin(std::future::ready(outcome))
    }
}

const CONFIG: &str = "[default]\nregion = us-east-1\n[profile role]\nrole_arn = arn:aws:iam::1:role/one\nsource_profile = base\n[profile two]\nrole_arn = arn:aws:iam::1:role/two\nsource_profile = role\n[profile loop]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = pool\n[profile pool]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = loop\n[profile process]\ncredential_process = give me keys\n[profile sso]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = r\n[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\n[profile web]\nrole_arn = arn:aws:iam::1:role/w\nweb_identity_token_file = /token\n[profile by-container]\nrole_arn = arn:aws:iam::1:role/c\ncredential_source = EcsContainer\n[profile half]\naws_access_key_id = HALF\n[profile self]\nrole_arn = arn:aws:iam::1:role/s\nsource_profile = self\naws_access_key_id = SELF\naws_secret_access_key = s\n";
const KEYS: &str = "[base]\naws_access_key_id = BASE\naws_secret_access_key = s\n";

fn world(vars: &[(&str, &str)]) -> World {
    let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut world = World { vars, ..World::default() };
    world.files.insert("/home/u/.aws/config".into(), CONFIG.to_owned());
    world.files.insert("/home/u/.aws/credentials".into(), KEYS.to_owned());
    world.files.insert("/token".into(), "web-token\n".to_owned());
    // The SHA-1 of `corp`.
    world.files.insert(
        "/home/u/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json".into(),
        r#"{"accessToken": "bearer", "expiresAt": "2999-01-01T00:00:00UTC"}"#.to_owned(),
    );
    world
}

async fn look(world: World, profile: Option<&str>) -> Result<Credentials, CredentialsError> {
    let client = Client::from_parts(ClientParts {
        transport: Arc::new(Services::default()),
        clock: Arc::new(SystemClock),
        random: Arc::new(OsRandom),
        catalog: Catalog::embedded(),
    });
    let settings = ChainSettings {
        profile: profile.map(str::to_owned),
        shared: SharedConfig::load(&world).unwrap(),
        options: CallOptions::in_region("us-east-1"),
    };
    Chain::new(client, Arc::new(world), settings).credentials().await
}

#[tokio::test]
async fn sources_have_an_order() {
    let keys = [("AWS_ACCESS_KEY_ID", "ENV"), ("AWS_SECRET_ACCESS_KEY", "s")];
    let container = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/keys");
    let web = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"), ("AWS_ROLE_ARN", "arn:aws:iam::1:role/w")];
    let cases = [
        (keys.to_vec(), None::<&str>, "ENV", "env"),
        ([keys.to_vec(), vec![("AWS_PROFILE", "base")]].concat(), None, "ENV", "env"),
        (keys.to_vec(), Some("base"), "BASE", "shared-credentials-file"),
        (vec![("AWS_PROFILE", "base")], None, "BASE", "shared-credentials-file"),
        (vec![], Some("role"), "one-by-BASE", "assume-role"),
        (vec![], Some("two"), "two-by-one-by-BASE", "assume-role"),
        (vec![], Some("self"), "s-by-SELF", "assume-role"),
        (vec![], Some("process"), "PROCESS", "custom-process"),
        (vec![], Some("sso"), "SSO", "sso"),
        (vec![], Some("web"), "WEB", "assume-role-with-web-identity"),
        (web.to_vec(), None, "WEB", "assume-role-with-web-identity"),
        (vec![container], Some("by-container"), "c-by-CONTAINER", "assume-role"),
        (vec![container], None, "CONTAINER", "container-role"),
        (vec![], None, "INSTANCE", "iam-role"),
    ];
    for (vars, profile, key, method) in cases {
        let found = look(world(&vars), profile).await;
        let found = found.unwrap_or_else(|error| panic!("{vars:?} {profile:?}: {error}"));
        assert_eq!((found.access_key_id.as_str(), found.method), (key, method));
    }
}

#[tokio::test]
async fn a_token_that_ended_is_renewed_and_kept() {
    let file = PathBuf::from("/home/u/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json");
    let ended = |registration: &str| {
        format!(
            r#"{{"startUrl": "u", "region": "eu-west-1", "accessToken": "old", "expiresAt": "2020-01-01T00:00:00Z", "clientId": "c", "clientSecret": "s", "registrationExpiresAt": "{registration}", "refreshToken": "refresh"}}"#
        )
    };
    let mut renewable = world(&[]);
    renewable.files.insert(file.clone(), ended("2999-01-01T00:00:00Z"));
    let written = Arc::clone(&renewable.written);
    assert_eq!(look(renewable, Some("sso")).await.unwrap().access_key_id, "SSO");
    let kept = written.lock().unwrap()[&file].clone();
    assert!(
        kept.contains(r#""accessToken": "bearer""#) && kept.contains(r#""refreshToken": "next""#),
        "{kept}"
    );
    let mut over = world(&[]);
    over.files.insert(file, ended("2020-01-01T00:00:00Z"));
    let error = look(over, Some("sso")).await.unwrap_err().to_string();
    assert!(error.contains("run `aws sso login`"), "{error}");
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let off = ("AWS_EC2_METADATA_DISABLED", "true");
    for (vars, profile, expected) in [
        (vec![off], None, "no source has credentials"),
        (vec![off], Some("nobody"), "The config profile (nobody) could not be found"),
        (
            vec![off, ("AWS_ACCESS_KEY_ID", "A")],
            None,
            "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY",
        ),
        (
            vec![off],
            Some("half"),
            "Partial credentials found in shared-credentials-file, missing: aws_secret_access_key",
        ),
        (vec![off], Some("loop"), "Infinite loop in credential configuration detected."),
        (
            vec![off],
            Some("by-container"),
            "assume-role gave no credentials: no credentials found in credential_source",
        ),
    ] {
        let error = look(world(&vars), profile).await.unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}
