//! Questions on a terminal: asked on standard output, answered on standard input.

use std::io::Read;

use super::task::{Fault, World};

/// The longest answer in bytes.
const LONGEST: usize = 16 * 1024;

/// What answers are read from, line by line.
pub(super) struct Answers(Box<dyn Read + Send>);

impl Answers {
    /// Standard input.
    pub(super) fn open(world: &World<'_>) -> Result<Answers, Fault> {
        Ok(Answers(world.env.files.input()?))
    }

    /// Asks; the answer without its line end. Input that is over is a fault, as it is in the AWS CLI.
    pub(super) fn ask(&mut self, world: &mut World<'_>, question: &str) -> Result<String, Fault> {
        world.say(question);
        let _ = world.out.flush();
        let mut line = Vec::new();
        let mut byte = [0];
        loop {
            match self.0.read(&mut byte)? {
                0 if line.is_empty() => return Err(Fault::General("EOF when reading a line".to_owned())),
                0 => break,
                _ if byte[0] == b'\n' => break,
                _ => line.push(byte[0]),
            }
            if line.len() > LONGEST {
                return Err(Fault::General(format!("an answer has at most {LONGEST} bytes")));
            }
        }
        Ok(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned())
    }
}
