//! Plain data.

use value::{Map, Value};

use super::{Cursor, Damage, Names};
use crate::format::{MAX_DEPTH, VERSION, tree};

/// A tree that brings its own strings.
pub(crate) fn standalone_tree(bytes: &[u8]) -> Result<Value, Damage> {
    let mut cursor = Cursor::new(bytes);
    if cursor.byte()? != VERSION {
        return Err(Damage::Version);
    }
    let names = Names::read(&mut cursor, bytes)?;
    let range = cursor.run()?;
    tree(&mut Cursor::over(bytes, range), &names, 0)
}

/// The tree that begins here.
pub(crate) fn tree(cursor: &mut Cursor<'_>, names: &Names, depth: usize) -> Result<Value, Damage> {
    if depth >= MAX_DEPTH {
        return Err(Damage::Depth);
    }
    Ok(match cursor.byte()? {
        tree::NULL => Value::Null,
        tree::FALSE => Value::Bool(false),
        tree::TRUE => Value::Bool(true),
        tree::INTEGER => Value::from(cursor.signed()?),
        tree::FLOAT => Value::from(cursor.float()?),
        tree::TEXT => Value::text(names.text(cursor.index()?)?),
        tree::LIST => {
            let count = cursor.count()?;
            let items: Result<Vec<Value>, Damage> =
                (0..count).map(|_| tree(cursor, names, depth + 1)).collect();
            Value::List(items?)
        }
        tree::MAP => {
            let mut map = Map::new();
            for _ in 0..cursor.count()? {
                let key = names.next(cursor)?;
                map.push(key, tree(cursor, names, depth + 1)?);
            }
            Value::Map(map)
        }
        _ => return Err(Damage::Tag),
    })
}
