//! Any bytes are AWS's shared files or a fault. Input: the config file and, after a NUL, the credentials file.
#![no_main]

use aws_call::credentials::config::SharedConfig;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (config, credentials) = match data.iter().position(|byte| *byte == 0) {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, &[][..]),
    };
    if let Ok(shared) = SharedConfig::parse(config, credentials) {
        for name in shared.profiles.keys() {
            let section = shared.profile(name);
            let _ = (section.get("region"), section.nested("s3", "addressing_style"), format!("{section:?}"));
        }
    }
});
