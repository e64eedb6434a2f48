//! `emr-containers create-role-associations` and `delete-role-associations`: pod identities of EKS.

use aws_call::BoxFuture;
use value::{JsonStyle, Map, Value};

use super::{base36, describe};
use crate::commands::default_roles;
use crate::commands::line::{Line, step};
use crate::commands::options::{Given, Opt, Spec, one};
use crate::commands::task::{Calls, Fault, Runs, World};
use crate::commands::{python_json, tree};
use crate::{Level, Parsed, UsageError};

const OPTIONS: &[Opt] = &[
    one("cluster-name", "The EKS cluster.").needed(),
    one("namespace", "The namespace of the jobs or of the application.").needed(),
    one("role-name", "The IAM role.").needed(),
    one("type", "How jobs are submitted; start_job_run by default.").of(&[
        "start_job_run",
        "interactive_endpoint",
        "spark_operator",
        "flink_operator",
        "livy",
    ]),
    one("operator-namespace", "The operator's namespace, if it is not that of the jobs."),
    one("service-account-name", "This service account instead of those of EMR on EKS."),
];

static CREATE: Spec = Spec {
    about: "Lets the service accounts of EMR on EKS use an IAM role, by pod identity associations.",
    words: &[],
    options: &[OPTIONS],
};

static DELETE: Spec = Spec {
    about: "Takes an IAM role away from the service accounts of EMR on EKS.",
    words: &[],
    options: &[OPTIONS],
};

#[derive(Debug)]
struct Associations {
    cluster: String,
    namespace: String,
    role: String,
    kind: String,
    operator_namespace: String,
    account_name: Option<String>,
    creates: bool,
}

/// Reads the words of `emr-containers create-role-associations`.
pub(in crate::commands) fn create(line: &Line<'_>) -> Result<Parsed, UsageError> {
    start(line, &CREATE, true)
}

/// Reads the words of `emr-containers delete-role-associations`.
pub(in crate::commands) fn delete(line: &Line<'_>) -> Result<Parsed, UsageError> {
    start(line, &DELETE, false)
}

fn start(line: &Line<'_>, spec: &'static Spec, creates: bool) -> Result<Parsed, UsageError> {
    let given: Given = match line.read(spec)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let namespace = given.needed("namespace");
    let associations = Associations {
        cluster: given.needed("cluster-name"),
        role: given.needed("role-name"),
        kind: given.text("type").unwrap_or("start_job_run").to_owned(),
        operator_namespace: given
            .text("operator-namespace")
            .filter(|text| !text.is_empty())
            .unwrap_or(&namespace)
            .to_owned(),
        account_name: given.text("service-account-name").filter(|text| !text.is_empty()).map(str::to_owned),
        namespace,
        creates,
    };
    let described = tree::params(&[("name", &associations.cluster)]);
    let mut steps = vec![step("eks", "DescribeCluster", described)];
    if creates {
        steps.push(step("eks", "CreatePodIdentityAssociation", Map::new()).at(Level::Permissions));
    } else {
        steps.push(step("eks", "ListPodIdentityAssociations", Map::new()));
    }
    steps.push(step("eks", "DeletePodIdentityAssociation", Map::new()));
    line.invocation(associations, steps)
}

impl Runs for Associations {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let account = describe(&world.calls, &self.cluster).await?.account;
            let accounts = self.accounts(&account);
            let done = match self.creates {
                true => self.create(world, &account, &accounts).await?,
                false => self.delete(world, &accounts).await?,
            };
            if !done.is_empty() {
                let text = Value::List(done).to_json(JsonStyle::Pretty);
                world.say(&python_json::ascii(&text));
            }
            Ok(0)
        })
    }
}

impl Associations {
    /// The service accounts, each with its namespace.
    fn accounts(&self, account: &str) -> Vec<(String, &str)> {
        if let Some(name) = &self.account_name {
            return vec![(name.clone(), &self.namespace)];
        }
        let encoded = base36(&self.role);
        let of = |framework: &str, component: &str| {
            (
                format!("emr-containers-sa-{framework}-{component}-{account}-{encoded}"),
                self.namespace.as_str(),
            )
        };
        let operator = |name: &str| (name.to_owned(), self.operator_namespace.as_str());
        match self.kind.as_str() {
            "interactive_endpoint" => ["jeg", "jeg-kernel", "session"].map(|name| of("spark", name)).into(),
            "spark_operator" => {
                vec![
                    operator("emr-containers-sa-spark-operator"),
                    of("spark", "driver"),
                    of("spark", "executor"),
                ]
            }
            "flink_operator" => vec![
                operator("emr-containers-sa-flink-operator"),
                of("flink", "jobmanager"),
                of("flink", "taskmanager"),
            ],
            "livy" => {
                vec![
                    operator("emr-containers-sa-livy"),
                    ("emr-container-sa-spark-livy".to_owned(), &self.namespace),
                ]
            }
            _ => ["client", "driver", "executor"].map(|name| of("spark", name)).into(),
        }
    }

    async fn create(
        &self,
        world: &mut World<'_>,
        account: &str,
        accounts: &[(String, &str)],
    ) -> Result<Vec<Value>, Fault> {
        let partition = default_roles::partition(default_roles::region(&world.calls)?);
        let arn = format!("arn:{partition}:iam::{account}:role/{}", self.role);
        let mut made = Vec::new();
        for (name, namespace) in accounts {
            let params = tree::params(&[
                ("clusterName", &self.cluster),
                ("namespace", namespace),
                ("roleArn", &arn),
                ("serviceAccount", name),
            ]);
            let place = format!("service account {name} and role {} in namespace {namespace}", self.role);
            match world.calls.call_as_configured("eks", "CreatePodIdentityAssociation", params).await {
                Ok(answer) => made.push(association(answer)),
                Err(fault) if fault.code() == Some("ResourceInUseException") => world.complain(&format!(
                    "Skipping pod identity association creation because pod identity association already exists for \
                     {place}: {}\n",
                    fault.message()
                )),
                Err(fault) if fault.code().is_some() => {
                    for association in &made {
                        world.complain(&format!(
                            "Rolling back association for {place} as an error was encountered\n"
                        ));
                        let cluster = tree::text(association, &["clusterName"]);
                        self.remove(&world.calls, cluster, tree::text(association, &["associationId"])).await?;
                    }
                    return Err(Fault::General(format!(
                        "Failed to create pod identity association for service account {name}, role {} in namespace \
                         {namespace}: {}",
                        self.role,
                        fault.message()
                    )));
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(made)
    }

    async fn delete(&self, world: &mut World<'_>, accounts: &[(String, &str)]) -> Result<Vec<Value>, Fault> {
        let mut gone = Vec::new();
        for (name, namespace) in accounts {
            let params = tree::params(&[
                ("clusterName", &self.cluster),
                ("namespace", namespace),
                ("serviceAccount", name),
            ]);
            let told = |fault: Fault| match fault.code() {
                Some(_) => Fault::General(format!(
                    "Failed to delete pod identity association for service account {name}, role {} in namespace \
                     {namespace}: {}",
                    self.role,
                    fault.message()
                )),
                None => fault,
            };
            let found = world.calls.call_as_configured("eks", "ListPodIdentityAssociations", params).await;
            let found = found.map_err(told)?;
            let Some(first) = tree::list(&found, &["associations"]).first() else {
                world.complain(&format!(
                    "Skipping deletion as no pod identity association found for service account {name} and role {} in \
                     namespace {namespace}\n",
                    self.role
                ));
                continue;
            };
            let id = tree::text(first, &["associationId"]);
            gone.push(association(self.remove(&world.calls, &self.cluster, id).await.map_err(told)?));
        }
        Ok(gone)
    }

    async fn remove(&self, calls: &Calls, cluster: &str, id: &str) -> Result<Value, Fault> {
        let params = tree::params(&[("clusterName", cluster), ("associationId", id)]);
        calls.call_as_configured("eks", "DeletePodIdentityAssociation", params).await
    }
}

fn association(answer: Value) -> Value {
    answer.get("association").cloned().unwrap_or(answer)
}
