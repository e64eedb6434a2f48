//! Slack's limits, as its Block Kit reference states them unless a line says otherwise.
//!
//! Source: <https://docs.slack.dev/reference/block-kit>. Lengths are characters, counted as [`crate::text::length`].

/// Blocks in a message.
pub const MESSAGE_BLOCKS: usize = 50;
/// All text of a message together. No page says so: Slack answers `msg_blocks_too_long` from about 13,200.
pub const MESSAGE_TEXT: usize = 13_000;
/// The text beside the blocks, which notifications show. Slack cuts at 40,000 and advises 4,000.
pub const FALLBACK_TEXT: usize = 4_000;
/// Text of a header.
pub const HEADER_TEXT: usize = 150;
/// Text of a section.
pub const SECTION_TEXT: usize = 3_000;
/// Fields of a section.
pub const SECTION_FIELDS: usize = 10;
/// Text of one field of a section.
pub const FIELD_TEXT: usize = 2_000;
/// Elements of a context.
pub const CONTEXT_ELEMENTS: usize = 10;
/// Text of one element of a context: that of any text object.
pub const CONTEXT_TEXT: usize = 3_000;
/// Elements of an actions block.
pub const ACTIONS_ELEMENTS: usize = 25;
/// Text of a button.
pub const BUTTON_TEXT: usize = 75;
/// Value that a button carries.
pub const BUTTON_VALUE: usize = 2_000;
/// Identifiers of blocks and actions.
pub const IDENTIFIER: usize = 255;
/// Title of a confirmation.
pub const CONFIRM_TITLE: usize = 100;
/// Text of a confirmation.
pub const CONFIRM_TEXT: usize = 300;
/// Buttons of a confirmation.
pub const CONFIRM_BUTTON: usize = 30;
/// Rows of a table, its heading included.
pub const TABLE_ROWS: usize = 100;
/// Columns of a table.
pub const TABLE_COLUMNS: usize = 20;
/// Text of all cells of a table together.
pub const TABLE_TEXT: usize = 10_000;
/// Blocks in a modal.
pub const VIEW_BLOCKS: usize = 100;
/// Title, submit and close of a modal.
pub const VIEW_TITLE: usize = 24;
/// What a modal carries for its maker.
pub const PRIVATE_METADATA: usize = 3_000;
/// Options of a select.
pub const SELECT_OPTIONS: usize = 100;
/// Options of check boxes and radio buttons.
pub const BOX_OPTIONS: usize = 10;
/// Text of an option, and its description.
pub const OPTION_TEXT: usize = 75;
/// Value of an option.
pub const OPTION_VALUE: usize = 150;
/// Text that shows while nothing is chosen or typed.
pub const PLACEHOLDER: usize = 150;
/// Label and hint of an input.
pub const LABEL: usize = 2_000;
/// What can be typed into a text input.
pub const INPUT_TEXT: usize = 3_000;
/// Characters of an address that text leads to.
pub const LINK: usize = 3_000;
