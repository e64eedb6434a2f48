//! The head of a packed service: its facts, and where its parts are.

use std::ops::Range;

use value::Key;

use super::shape::namespace;
use super::{Cursor, Damage, Names, Table};
use crate::format::{VERSION, parts};
use crate::{Metadata, Protocol};

/// Where the parts of a service are in its bytes.
pub(crate) struct Tables {
    parts: u8,
    pub(crate) shapes: Table,
    pub(crate) operations: Table,
    pub(crate) paginators: Table,
    pub(crate) waiters: Range<usize>,
    pub(crate) rules: Range<usize>,
}

impl Tables {
    pub(crate) fn has_paginators(&self) -> bool {
        self.parts & parts::PAGINATORS != 0
    }

    pub(crate) fn has_waiters(&self) -> bool {
        self.parts & parts::WAITERS != 0
    }

    pub(crate) fn has_rules(&self) -> bool {
        self.parts & parts::RULES != 0
    }
}

/// What is read when a service is opened.
pub(crate) struct Head {
    pub(crate) names: Names,
    pub(crate) metadata: Metadata,
    pub(crate) client_context_params: Vec<Key>,
    pub(crate) tables: Tables,
}

/// Reads everything but the records.
pub(crate) fn head(bytes: &[u8]) -> Result<Head, Damage> {
    let mut cursor = Cursor::new(bytes);
    if cursor.byte()? != VERSION {
        return Err(Damage::Version);
    }
    let parts = cursor.byte()?;
    let names = Names::read(&mut cursor, bytes)?;
    let facts = cursor.run()?;
    let (metadata, client_context_params) = metadata(&mut Cursor::over(bytes, facts), &names)?;
    let tables = Tables {
        parts,
        shapes: cursor.table()?,
        operations: cursor.table()?,
        paginators: cursor.table()?,
        waiters: cursor.run()?,
        rules: cursor.run()?,
    };
    Ok(Head { names, metadata, client_context_params, tables })
}

fn metadata(cursor: &mut Cursor<'_>, names: &Names) -> Result<(Metadata, Vec<Key>), Damage> {
    let protocol = protocol(cursor.byte()?)?;
    let aws_query_compatible = cursor.byte()? != 0;
    let metadata = Metadata {
        protocol,
        aws_query_compatible,
        api_version: names.next(cursor)?,
        endpoint_prefix: names.next(cursor)?,
        service_id: names.next(cursor)?,
        full_name: names.next(cursor)?,
        signature_version: names.next(cursor)?,
        signing_name: names.next_optional(cursor)?,
        abbreviation: names.next_optional(cursor)?,
        json_version: names.next_optional(cursor)?,
        target_prefix: names.next_optional(cursor)?,
        global_endpoint: names.next_optional(cursor)?,
        uid: names.next_optional(cursor)?,
        http2: names.next_optional(cursor)?,
        xml_namespace: namespace(cursor, names)?,
        auth: names.next_list(cursor)?,
    };
    Ok((metadata, names.next_list(cursor)?))
}

fn protocol(byte: u8) -> Result<Protocol, Damage> {
    Ok(match byte {
        0 => Protocol::Query,
        1 => Protocol::Ec2,
        2 => Protocol::Json,
        3 => Protocol::RestJson,
        4 => Protocol::RestXml,
        5 => Protocol::RpcV2Cbor,
        _ => return Err(Damage::Tag),
    })
}
