//! Operations.

use value::Key;

use super::shape::{namespace, shape_id, small};
use super::{Cursor, Damage, Names, tree};
use crate::format::{checksum, operation as bits};
use crate::{ChecksumTraits, Operation};

/// Decodes one record; ids beyond `shapes` are damage.
pub(crate) fn operation(bytes: &[u8], names: &Names, shapes: usize) -> Result<Operation, Damage> {
    let mut cursor = Cursor::new(bytes);
    let (name, method, uri) = (names.next(&mut cursor)?, names.next(&mut cursor)?, names.next(&mut cursor)?);
    let flags = cursor.number()?;
    let has = |bit: u64| flags & bit != 0;
    let mut operation = Operation {
        name,
        method,
        uri,
        unsigned_payload: has(bits::UNSIGNED_PAYLOAD),
        idempotent: has(bits::IDEMPOTENT),
        read_only: has(bits::READ_ONLY),
        deprecated: has(bits::DEPRECATED),
        checksum_required: has(bits::CHECKSUM_REQUIRED),
        endpoint_operation: has(bits::ENDPOINT_OPERATION),
        endpoint_discovery: has(bits::DISCOVERY).then_some(has(bits::DISCOVERY_REQUIRED)),
        ..Operation::default()
    };
    let mut reader = Reader { cursor, names, shapes, flags };
    reader.message(&mut operation)?;
    reader.sending(&mut operation)?;
    reader.endpoint(&mut operation)?;
    Ok(operation)
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    names: &'a Names,
    shapes: usize,
    flags: u64,
}

impl Reader<'_> {
    fn has(&self, bit: u64) -> bool {
        self.flags & bit != 0
    }

    fn optional(&mut self, bit: u64) -> Result<Option<Key>, Damage> {
        if self.has(bit) { self.names.next(&mut self.cursor).map(Some) } else { Ok(None) }
    }

    fn list(&mut self, bit: u64) -> Result<Vec<Key>, Damage> {
        if self.has(bit) { self.names.next_list(&mut self.cursor) } else { Ok(Vec::new()) }
    }

    fn message(&mut self, operation: &mut Operation) -> Result<(), Damage> {
        if self.has(bits::RESPONSE_CODE) {
            operation.response_code = Some(small(&mut self.cursor)?);
        }
        if self.has(bits::INPUT) {
            operation.input = Some(shape_id(&mut self.cursor, self.shapes)?);
        }
        if let Some(wrapper) = self.optional(bits::INPUT_WRAPPER)? {
            operation.input_wrapper = Some((wrapper, namespace(&mut self.cursor, self.names)?));
        }
        if self.has(bits::OUTPUT) {
            operation.output = Some(shape_id(&mut self.cursor, self.shapes)?);
        }
        operation.result_wrapper = self.optional(bits::RESULT_WRAPPER)?;
        let count = self.cursor.count()?;
        operation.errors =
            (0..count).map(|_| shape_id(&mut self.cursor, self.shapes)).collect::<Result<_, Damage>>()?;
        Ok(())
    }

    fn sending(&mut self, operation: &mut Operation) -> Result<(), Damage> {
        operation.auth_type = self.optional(bits::AUTH_TYPE)?;
        operation.auth = self.list(bits::AUTH)?;
        if self.has(bits::CHECKSUM) {
            operation.checksum = Some(self.checksum()?);
        }
        operation.request_compression = self.list(bits::COMPRESSION)?;
        Ok(())
    }

    fn checksum(&mut self) -> Result<ChecksumTraits, Damage> {
        let flags = self.cursor.number()?;
        let mut name =
            |bit: u64| if flags & bit != 0 { self.names.next(&mut self.cursor).map(Some) } else { Ok(None) };
        let (algorithm, validation) = (name(checksum::ALGORITHM)?, name(checksum::VALIDATION)?);
        Ok(ChecksumTraits {
            request_required: flags & checksum::REQUIRED != 0,
            request_algorithm_member: algorithm,
            request_validation_mode_member: validation,
            response_algorithms: self.names.next_list(&mut self.cursor)?,
        })
    }

    fn endpoint(&mut self, operation: &mut Operation) -> Result<(), Damage> {
        operation.host_prefix = self.optional(bits::HOST_PREFIX)?;
        if self.has(bits::STATIC_PARAMS) {
            for _ in 0..self.cursor.count()? {
                let name = self.names.next(&mut self.cursor)?;
                let fixed = tree(&mut self.cursor, self.names, 0)?;
                operation.static_context_params.push((name, fixed));
            }
        }
        if self.has(bits::CONTEXT_PARAMS) {
            for _ in 0..self.cursor.count()? {
                let name = self.names.next(&mut self.cursor)?;
                let path = self.names.next(&mut self.cursor)?;
                operation.operation_context_params.push((name, path));
            }
        }
        Ok(())
    }
}
