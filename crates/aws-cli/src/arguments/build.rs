//! The table of arguments of an operation, before anything that the AWS CLI changes about it.

use aws_model::{Location, Member, Operation, Paginator, Service, ShapeId, ShapeKind};

use super::{Action, Argument, MemberRef, PagingOption, Table};
use crate::names::dashed;

impl MemberRef {
    /// The member at a place of a structure.
    pub(crate) fn new(service: &Service, structure: ShapeId, position: usize, member: &Member) -> MemberRef {
        let shape = service.shape(member.shape);
        let json_header = (member.traits.json_value || shape.traits.json_value)
            && member.location == Location::Header
            && matches!(shape.kind, ShapeKind::String);
        MemberRef {
            name: member.name.clone(),
            structure,
            position,
            shape: member.shape,
            json: json_header || member.traits.document || shape.traits.document,
            streaming: matches!(shape.kind, ShapeKind::Blob)
                && (member.traits.streaming || shape.traits.streaming),
            forbids: None,
        }
    }

    /// The member of that name of a structure.
    pub(crate) fn named(service: &Service, structure: ShapeId, name: &str) -> Option<MemberRef> {
        let members = service.shape(structure).members();
        let position = members.iter().position(|member| member.name.as_str() == name)?;
        Some(MemberRef::new(service, structure, position, &members[position]))
    }
}

impl Table {
    /// An argument for each member of the input; two for each truth value.
    pub(crate) fn of_members(service: &Service, operation: &Operation) -> Table {
        let mut table = Table::default();
        let Some(input) = operation.input else { return table };
        for (position, member) in service.shape(input).members().iter().enumerate() {
            let name = dashed(&member.name);
            let reference = MemberRef::new(service, input, position, member);
            let shape = service.shape(member.shape);
            let required = member.required && !member.idempotency_token;
            if matches!(shape.kind, ShapeKind::Boolean) {
                table.flag(name, &reference);
            } else {
                table.put(Argument { name, action: Action::Member(reference), required, hidden: false });
            }
        }
        table
    }

    fn flag(&mut self, name: String, member: &MemberRef) {
        let negative = format!("no-{name}");
        for (name, value) in [(name, true), (negative, false)] {
            let action = Action::Flag(member.clone(), value);
            self.put(Argument { name, action, required: false, hidden: false });
        }
    }

    /// The file that an answer goes to whose whole body is bytes.
    pub(crate) fn add_outfile(&mut self, service: &Service, operation: &Operation, required: bool) {
        let Some(output) = operation.output.map(|id| service.shape(id)) else { return };
        let payload = output.traits.payload.as_ref().and_then(|name| output.member(name));
        let Some(payload) = payload else { return };
        let kind = &service.shape(payload.shape).kind;
        // The bytes that S3 Select returns come as events; the AWS CLI saves them just so.
        let selects = operation.name.as_str() == "SelectObjectContent";
        if matches!(kind, ShapeKind::Blob) || selects {
            self.put(Argument {
                name: "outfile".to_owned(),
                action: Action::Outfile(payload.name.clone()),
                required,
                hidden: false,
            });
        }
    }

    /// `--cli-input-json`, `--cli-input-yaml`, the paging options and `--generate-cli-skeleton`. Returns the
    /// operation's own arguments that paging options hide.
    pub(crate) fn add_standard(
        &mut self,
        service: &Service,
        operation: &Operation,
        paginator: Option<&Paginator>,
    ) -> Vec<Argument> {
        let whole_inputs = self.get("outfile").is_none();
        if whole_inputs {
            self.standard("cli-input-json", Action::InputJson);
            self.standard("cli-input-yaml", Action::InputYaml);
        }
        let shadowed = paginator.map(|pages| self.add_paging(service, operation, pages)).unwrap_or_default();
        if whole_inputs {
            self.standard("generate-cli-skeleton", Action::Skeleton);
        }
        shadowed
    }

    fn add_paging(&mut self, service: &Service, operation: &Operation, pages: &Paginator) -> Vec<Argument> {
        for token in pages.input_tokens.iter().chain(&pages.limit_key) {
            self.hide(&dashed(token));
        }
        let limit = pages.limit_key.as_ref().zip(operation.input);
        let limit = limit.and_then(|(key, input)| service.shape(input).member(key));
        let numeric =
            limit.is_none_or(|member| !matches!(service.shape(member.shape).kind, ShapeKind::String));
        let mut shadowed = Vec::new();
        shadowed.extend(self.standard("starting-token", Action::Paging(PagingOption::StartingToken)));
        if pages.limit_key.is_some() {
            shadowed.extend(self.standard("page-size", Action::Paging(PagingOption::PageSize { numeric })));
        }
        shadowed.extend(self.standard("max-items", Action::Paging(PagingOption::MaxItems { numeric })));
        shadowed
    }

    fn standard(&mut self, name: &str, action: Action) -> Option<Argument> {
        self.put(Argument { name: name.to_owned(), action, required: false, hidden: false })
    }
}
