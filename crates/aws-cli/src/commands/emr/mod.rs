//! `emr`: commands that name clusters and steps in words of their own.
//!
//! Absent for now: `create-cluster`, `add-instance-groups`, roles, applications and HBase backups.

pub(super) mod clusters;
pub(super) mod steps;

use value::{Map, Value};

use super::task::{Fault, World};
use crate::print;

const SERVICE: &str = "emr";

/// Makes a call and prints its answer.
async fn show(world: &mut World<'_>, operation: &str, params: Map) -> Result<(), Fault> {
    let answer = world.calls.call(SERVICE, operation, params).await?;
    print(world, operation, &answer)
}

fn print(world: &mut World<'_>, title: &str, answer: &Value) -> Result<(), Fault> {
    let printed = print::print_value(answer, world.globals, title, world.out);
    printed.map_err(|error| Fault::General(error.to_string()))
}
