//! Rows as text whose columns line up, or one record after another where they are too wide.

use unicode_width::UnicodeWidthStr;

/// Blanks between two columns.
const GAP: &str = "  ";

/// Columns side by side within `width`, or records below each other.
pub(crate) fn lines(columns: &[String], rows: &[Vec<String>], width: usize) -> String {
    let widths = widths(columns, rows);
    let total = widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1);
    if total <= width { side_by_side(columns, rows, &widths) } else { records(columns, rows) }
}

fn widths(columns: &[String], rows: &[Vec<String>]) -> Vec<usize> {
    let of = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| flat(cell).width()).chain([flat(&columns[column]).width()]).max().unwrap_or(0)
    };
    (0..columns.len()).map(of).collect()
}

fn side_by_side(columns: &[String], rows: &[Vec<String>], widths: &[usize]) -> String {
    let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
    let heading = line(columns, widths);
    let mut text = [heading, line(&rule, widths)].join("\n");
    for row in rows {
        text.push('\n');
        text.push_str(&line(row, widths));
    }
    text
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let mut text = String::new();
    for (column, width) in widths.iter().enumerate() {
        let cell = cells.get(column).map(|cell| flat(cell)).unwrap_or_default();
        if column > 0 {
            text.push_str(GAP);
        }
        text.push_str(&cell);
        text.push_str(&" ".repeat(width.saturating_sub(cell.width())));
    }
    text.trim_end().to_owned()
}

fn records(columns: &[String], rows: &[Vec<String>]) -> String {
    let width = columns.iter().map(|name| flat(name).width()).max().unwrap_or(0);
    let record = |row: &Vec<String>| {
        let lines =
            columns.iter().zip(row).map(|(name, cell)| line(&[name.clone(), cell.clone()], &[width, 0]));
        lines.collect::<Vec<_>>().join("\n")
    };
    rows.iter().map(record).collect::<Vec<_>>().join("\n\n")
}

/// A cell is one line: what would end it is shown.
fn flat(cell: &str) -> String {
    cell.replace('\n', "↵").replace('\t', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
    }

    #[test]
    fn columns_line_up_whatever_the_characters() {
        let columns = rows(&[&["Id", "Name", "State"]]).remove(0);
        let rows = rows(&[&["i-1", "名前", "running"], &["i-22", "web\n1"]]);
        let beside = "Id    Name   State\n────  ─────  ───────\ni-1   名前   running\ni-22  web↵1";
        assert_eq!(lines(&columns, &rows, 80), beside);
        let below = "Id     i-1\nName   名前\nState  running\n\nId     i-22\nName   web↵1";
        assert_eq!(lines(&columns, &rows, 10), below);
    }
}
