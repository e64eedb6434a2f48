use std::sync::Arc;
use aws_cli::*;
use value::Value;
struct Real;
impl Files for Real {
    fn read(&self, p: &std::path::Path) -> std::io::Result<Vec<u8>> { std::fs::read(p) }
    fn write(&self, _: &std::path::Path, _: &[u8]) -> std::io::Result<()> { Ok(()) }
}
fn main() {
    let catalog = aws_model::Catalog::embedded();
    let mut env = Environment { files: Arc::new(Real), ..Environment::empty() };
    env.vars.insert("AWS_REGION".into(), "us-east-1".into());
    let (mut n, mut ok, mut bad) = (0, 0, 0);
    let mut spent = std::time::Duration::ZERO;
    for path in std::env::args().skip(1) {
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let rec = serde_json::from_str::<serde_json::Value>(line).unwrap();
            let argv: Vec<String> = rec["argv"].as_array().unwrap().iter().map(|x| x.as_str().unwrap().to_owned()).collect();
            n += 1;
            let https = rec["http"].as_array().cloned().unwrap_or_default();
            let _ = parse(&catalog, &argv, &env, Profile::Terminal);
            let t = std::time::Instant::now();
            let got = parse(&catalog, &argv, &env, Profile::Terminal);
            spent += t.elapsed();
            let sent = !https.is_empty();
            let stderr = rec["stderr"].as_str().unwrap_or("");
            let stdout = rec["stdout"].as_str().unwrap_or("");
            let shown = argv.join(" ");
            let fail = match &got {
                Ok(Parsed::Call(inv)) => {
                    if sent {
                        let h = &https[0];
                        let op = h["operation"].as_str().unwrap_or("");
                        if !op.is_empty() && op != inv.call.operation.as_str() { Some(format!("op {op} vs {}", inv.call.operation)) } else { None }
                    } else if rec["rc"] != 0 { Some(format!("no error; want {stderr}")) } else { Some("parsed as call but nothing was sent".to_owned()) }
                }
                Ok(Parsed::Text(t)) => if t == stdout { None } else { Some(format!("TEXT {t}\nWANT {stdout}{stderr}")) },
                Ok(Parsed::Help(_)) => if argv.iter().any(|a| a == "help") { None } else { Some("help".into()) },
                Err(e) => {
                    if sent { Some(format!("ERR {}", e.text)) }
                    else if format!("{e}\n") == stderr { None } else { Some(format!("GOT {}\nWANT {stderr}", e.text)) }
                }
            };
            match fail { None => ok += 1, Some(why) => { bad += 1; println!("--- {shown}\n{why}"); } }
            let _ = Value::Null;
        }
    }
    println!("{n} lines, {ok} ok, {bad} bad, {:?} each", spent / n);
}
