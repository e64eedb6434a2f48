//! Members of answers that go to files: bootstrap data of MFA devices, keys of IoT certificates. Terminal only.

use value::Key;

use super::Customization;
use crate::arguments::{Custom, Fill, Given};
use crate::grammar::Arity;
use crate::{Profile, UsageError};

pub(super) const ALL: &[Customization] = &[
    Customization::of("iam", &["create-virtual-mfa-device"]).table(|table, _| table.add(&MFA)),
    Customization::of("ec2", &["get-password-data"]).table(|table, _| table.add(&LAUNCH_KEY)),
    Customization::of("iot", &["create-certificate-from-csr"]).table(|table, _| table.add(&KEYS[..1])),
    Customization::of("iot", &["create-keys-and-certificate"]).table(|table, _| table.add(&KEYS)),
];

static MFA: [Custom; 2] = [
    Custom {
        name: "outfile",
        arity: Arity::One,
        choices: &[],
        required: true,
        help: "The file that gets the bootstrap data.",
        apply: |fill, given| save(fill, "VirtualMFADevice.*", given),
    },
    Custom {
        name: "bootstrap-method",
        arity: Arity::One,
        choices: &["QRCodePNG", "Base32StringSeed"],
        required: true,
        help: "Which of the bootstrap data.",
        apply: |fill, given| {
            for (member, _) in &mut fill.member_files {
                *member = Key::from(member.replace('*', given.text()));
            }
            Ok(())
        },
    },
];

static LAUNCH_KEY: [Custom; 1] = [key("priv-launch-key", |fill, given| {
    if fill.profile == Profile::Chat {
        return Err(UsageError::refused("--priv-launch-key", "it reads a local file"));
    }
    let path = fill.env.expand_path(given.text());
    if fill.env.files.read(&path).is_err() {
        return Err(UsageError::general(
            "priv-launch-key should be a path to the local SSH private key file used to launch the instance.",
        ));
    }
    Err(UsageError::validation(
        "--priv-launch-key is not available yet: the password is shown encrypted without it",
    ))
})];

const fn key(name: &'static str, apply: fn(&mut Fill<'_>, Given<'_>) -> Result<(), UsageError>) -> Custom {
    Custom { name, arity: Arity::One, choices: &[], required: false, help: "A local file.", apply }
}

static KEYS: [Custom; 3] = [
    key("certificate-pem-outfile", |fill, given| save(fill, "certificatePem", given)),
    key("public-key-outfile", |fill, given| save(fill, "keyPair.PublicKey", given)),
    key("private-key-outfile", |fill, given| save(fill, "keyPair.PrivateKey", given)),
];

fn save(fill: &mut Fill<'_>, member: &str, given: Given<'_>) -> Result<(), UsageError> {
    if fill.profile == Profile::Chat {
        return Err(UsageError::refused("this option", "it writes a local file"));
    }
    fill.member_files.push((Key::new(member), given.text().to_owned()));
    Ok(())
}
