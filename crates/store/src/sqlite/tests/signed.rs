//! What signatures tell beyond hashes.

use rusqlite::params;

use super::*;
use crate::{SigningKey, verify_signed};

/// Whoever can write the database can compute hashes too, but not the signatures.
#[tokio::test]
async fn what_was_signed_cannot_be_written_anew() {
    let anew = |path: &Path, from: u64| {
        let raw = Connection::open(path).unwrap();
        let rows = super::audit::rows(&raw, 0, 0, 100).unwrap();
        let mut hash = rows[0].hash;
        for row in &rows[1..] {
            hash = if row.seq < from { row.hash } else { row.hash_after(&hash) };
            raw.execute("UPDATE audit SET hash = ?1 WHERE seq = ?2", params![hash, row.seq.cast_signed()])
                .unwrap();
        }
        raw.execute(
            "UPDATE audit_head SET seq = ?1, hash = ?2",
            params![rows.last().unwrap().seq.cast_signed(), hash],
        )
        .unwrap();
    };
    let whole = Verification::Whole { rows: 8 };
    let broken = |seq, what| Verification::Broken { at: Place { chain: 0, seq }, what };
    let swap = |from: &str, to: &str, seq: u64| {
        format!("UPDATE audit SET body = replace(body, '{from}', '{to}') WHERE seq = {seq}")
    };
    let cases = [
        ("UPDATE audit SET at = at".to_owned(), whole.clone(), 2),
        (swap("U1", "U2", 2), broken(4, Break::Signature), 0),
        (swap("U1", "U2", 6), broken(7, Break::Signature), 1),
        ("UPDATE audit SET at = at + 1 WHERE seq = 7".to_owned(), broken(7, Break::Signature), 1),
        (swap("\"rows\":6", "\"rows\":5", 7), broken(7, Break::Signature), 1),
        (swap("\"signature\":\"", "\"signature\":\"0", 7), broken(7, Break::Signature), 1),
        (swap("\"key\":\"", "\"key\":\"0", 7), broken(7, Break::UnknownKey), 1),
        // Nothing says so of what came behind the last checkpoint: how far that reaches is told.
        (swap("U1", "U2", 8), whole, 2),
    ];
    for (change, expected, checkpoints) in cases {
        let folder = Folder::new();
        let store = owner(&folder.file());
        let key = Arc::new(SigningKey::fresh().unwrap().0);
        for rows in [3, 2] {
            store.append_audit((0..rows).map(|_| row("intent", "j")).collect()).await.unwrap();
            let key = Arc::clone(&key);
            let signer: HeadSigner = Box::new(move |end, others| key.row(UnixMillis(9), end, others));
            assert!(store.sign_audit(signer).await.unwrap());
        }
        store.append_audit(vec![row("outcome", "j")]).await.unwrap();
        Connection::open(folder.file()).unwrap().execute_batch(&change).unwrap();
        anew(&folder.file(), 2);
        assert!(
            matches!(verify(&store).await.unwrap(), Verification::Whole { rows: 8 }),
            "the hashes agree again"
        );
        let (found, signed) = verify_signed(&store, &[key.public()]).await.unwrap();
        assert_eq!((found, signed.checkpoints), (expected, checkpoints), "{change}");
    }
}
