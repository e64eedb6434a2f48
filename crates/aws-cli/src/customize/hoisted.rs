//! Nested members that are arguments of their own, mostly because bytes cannot stand in shorthand: `--zip-file`,
//! `--image-bytes`, `--recording-group`.

use aws_model::ShapeKind;
use value::{Key, Map, Value};

use super::{Customization, Place};
use crate::arguments::{Action, Argument, MemberRef, Table};

pub(super) const ALL: &[Customization] = &[
    Customization::of("lambda", &["create-function"]).table(|table, place| {
        hoist(table, place, &Hoist::new("code", "ZipFile", "zip-file").forbidding(ZIP_IN_CODE));
    }),
    Customization::of("lambda", &["publish-layer-version"]).table(|table, place| {
        hoist(table, place, &Hoist::new("content", "ZipFile", "zip-file").forbidding(ZIP_IN_CONTENT));
    }),
    Customization::of("rekognition", &[]).table(|table, place| {
        hoist(table, place, &Hoist::new("image", "Bytes", "image-bytes"));
    }),
    Customization::of("rekognition", &["compare-faces"]).table(|table, place| {
        hoist(table, place, &Hoist::new("source-image", "Bytes", "source-image-bytes"));
        hoist(table, place, &Hoist::new("target-image", "Bytes", "target-image-bytes"));
    }),
    Customization::of("translate", &["import-terminology"]).table(|table, place| {
        let hoisted = Hoist::new("terminology-data", "File", "data-file").required().forbidding(FILE_IN_DATA);
        hoist(table, place, &hoisted);
    }),
    Customization::of("translate", &["translate-document"]).table(|table, place| {
        let hoisted = Hoist::new("document", "Content", "document-content").required();
        hoist(table, place, &hoisted.forbidding(CONTENT_IN_DOCUMENT).keeping_source_required());
    }),
    Customization::of("quicksight", &["start-asset-bundle-import-job"]).table(|table, place| {
        hoist(
            table,
            place,
            &Hoist::new("asset-bundle-import-source", "Body", "asset-bundle-import-source-bytes"),
        );
    }),
    Customization::of("configservice", &["put-configuration-recorder"]).table(|table, place| {
        let hoisted = Hoist::new("configuration-recorder", "recordingGroup", "recording-group");
        hoist(table, place, &hoisted.any_type().keeping_source_required());
    }),
];

const ZIP_IN_CODE: &str = "ZipFile cannot be provided as part of the --code argument.  Please use the '--zip-file' \
                           option instead to specify a zip file.";
const ZIP_IN_CONTENT: &str = "ZipFile cannot be provided as part of the --content argument.  Please use the \
                              '--zip-file' option instead to specify a zip file.";
const FILE_IN_DATA: &str = "File cannot be provided as part of the '--terminology-data' argument. Please use the \
                            '--data-file' option instead to specify a file.";
const CONTENT_IN_DOCUMENT: &str = "Content cannot be provided as a part of the '--document' argument. Please use the \
                                   '--document-content' option instead to specify a file.";

/// A member of `source` that becomes the argument `name`.
struct Hoist {
    source: &'static str,
    member: &'static str,
    name: &'static str,
    required: bool,
    source_required: bool,
    only_blobs: bool,
    forbids: Option<&'static str>,
}

impl Hoist {
    const fn new(source: &'static str, member: &'static str, name: &'static str) -> Hoist {
        Hoist {
            source,
            member,
            name,
            required: false,
            source_required: false,
            only_blobs: true,
            forbids: None,
        }
    }

    const fn required(mut self) -> Hoist {
        self.required = true;
        self
    }

    const fn keeping_source_required(mut self) -> Hoist {
        self.source_required = true;
        self
    }

    const fn any_type(mut self) -> Hoist {
        self.only_blobs = false;
        self
    }

    /// What is said if the member stands in its old place.
    const fn forbidding(mut self, message: &'static str) -> Hoist {
        self.forbids = Some(message);
        self
    }
}

fn hoist(table: &mut Table, place: &Place<'_>, hoisted: &Hoist) {
    let Some(argument) = table.get_mut(hoisted.source) else { return };
    let Action::Member(source) = &mut argument.action else { return };
    let Some(member) = MemberRef::named(place.service, source.shape, hoisted.member) else { return };
    if hoisted.only_blobs && !matches!(place.service.shape(member.shape).kind, ShapeKind::Blob) {
        return;
    }
    source.forbids = hoisted.forbids.map(|message| (hoisted.member, message));
    let parent = source.name.clone();
    argument.required = hoisted.source_required;
    table.put(Argument {
        name: hoisted.name.to_owned(),
        action: Action::Nested(parent, member),
        required: hoisted.required,
        hidden: false,
    });
}

/// Puts a value into a member of a member, which is made where it is missing.
pub(crate) fn put_nested(params: &mut Map, parent: &Key, member: &Key, value: Value) {
    map_of(params, parent).insert(member.clone(), value);
}

/// The structure of that name, made where it is missing.
pub(super) fn map_of<'a>(map: &'a mut Map, member: &str) -> &'a mut Map {
    if !matches!(map.get(member), Some(Value::Map(_))) {
        map.insert(member, Value::Map(Map::new()));
    }
    match map.get_mut(member) {
        Some(Value::Map(inner)) => inner,
        _ => unreachable!("the member was made a map above"),
    }
}

/// The first structure of a list, made where it is missing.
pub(super) fn first_of<'a>(map: &'a mut Map, member: &str) -> &'a mut Map {
    let usable =
        matches!(map.get(member), Some(Value::List(items)) if matches!(items.first(), Some(Value::Map(_))));
    if !usable {
        map.insert(member, Value::List(vec![Value::Map(Map::new())]));
    }
    match map.get_mut(member) {
        Some(Value::List(items)) => match &mut items[0] {
            Value::Map(first) => first,
            _ => unreachable!("the first item was made a map above"),
        },
        _ => unreachable!("the member was made a list above"),
    }
}
