//! Members of answers that go to files: bootstrap data of MFA devices, keys of IoT certificates. Terminal only.

use value::Key;

use super::Customization;
use crate::arguments::{Custom, Fill, Given};
use crate::grammar::Arity;
use crate::{Profile, UsageError};

pub(super) const ALL: &[Customization] = &[
    Customization::of("iam", &["create-virtual-mfa-device"]).table(|table, _| table.add(&MFA)),
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

const fn key(name: &'static str, apply: fn(&mut Fill<'_>, Given<'_>) -> Result<(), UsageError>) -> Custom {
    Custom { name, arity: Arity::One, choices: &[], required: false, help: "A file that gets this part.", apply }
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
