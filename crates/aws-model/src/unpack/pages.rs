//! Paginators and waiters.

use super::{Cursor, Damage, Names, tree};
use crate::{Acceptor, Paginator, Waiter};

/// Decodes one record of the table of paginators.
pub(crate) fn paginator(bytes: &[u8], names: &Names) -> Result<Paginator, Damage> {
    let mut cursor = Cursor::new(bytes);
    names.next(&mut cursor)?;
    let mut list = || names.next_list(&mut cursor);
    let (input_tokens, output_tokens, result_keys, non_aggregate_keys) = (list()?, list()?, list()?, list()?);
    Ok(Paginator {
        input_tokens,
        output_tokens,
        result_keys,
        non_aggregate_keys,
        limit_key: names.next_optional(&mut cursor)?,
        more_results: names.next_optional(&mut cursor)?,
    })
}

/// Decodes all waiters.
pub(crate) fn waiters(bytes: &[u8], names: &Names) -> Result<Vec<Waiter>, Damage> {
    let mut cursor = Cursor::new(bytes);
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    (0..cursor.count()?).map(|_| waiter(&mut cursor, names)).collect()
}

fn waiter(cursor: &mut Cursor<'_>, names: &Names) -> Result<Waiter, Damage> {
    Ok(Waiter {
        name: names.next(cursor)?,
        operation: names.next(cursor)?,
        delay: cursor.index()?,
        max_attempts: cursor.index()?,
        acceptors: (0..cursor.count()?).map(|_| acceptor(cursor, names)).collect::<Result<_, Damage>>()?,
    })
}

fn acceptor(cursor: &mut Cursor<'_>, names: &Names) -> Result<Acceptor, Damage> {
    Ok(Acceptor {
        matcher: names.next(cursor)?,
        argument: names.next_optional(cursor)?,
        expected: tree(cursor, names, 0)?,
        state: names.next(cursor)?,
    })
}
