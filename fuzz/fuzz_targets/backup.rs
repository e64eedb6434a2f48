//! A backup that is restored: any bytes are one or a fault, as they are and as the lines of a backup whose end is right, which no
//! chance would find; one that is whole is whole no more when it is cut.
#![no_main]

use aws_lc_rs::digest::{SHA256, digest};
use libfuzzer_sys::fuzz_target;
use store::portable::check;

fuzz_target!(|data: &[u8]| {
    let _ = check(&mut &*data);
    let mut file = b"{\"bellhop-backup\":1}\n".to_vec();
    file.extend_from_slice(data);
    if file.last() != Some(&b'\n') {
        file.push(b'\n');
    }
    let count = file.iter().filter(|byte| **byte == b'\n').count() - 1;
    let sha256: String = digest(&SHA256, &file).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let end = format!("{{\"end\":{count},\"sha256\":\"{sha256}\"}}\n");
    file.extend_from_slice(end.as_bytes());
    if let Ok(summary) = check(&mut &*file) {
        assert_eq!((summary.entries, summary.sha256), (count as u64, sha256));
        assert!(check(&mut &file[..file.len() - 1]).is_err());
        assert!(check(&mut &file[..file.len() - end.len()]).is_err());
    }
});
