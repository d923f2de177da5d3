//! What stands beside a package at its beginning: hosts that do nothing yet, and tests in which C calls each callback.

use super::interface::{parameters_of, result_of};
use super::options::GoOptions;
use super::table::{Method, Plan, plan};
use crate::calls;
use crate::error::Result;
use crate::unit::Unit;

/// The files, which are then the user's: `hosts.go`, `calls.go`, `calls.c` and `calls_test.go`.
///
/// # Errors
///
/// As [`write`](super::write()).
pub fn scaffold(units: &[Unit<'_>], options: &GoOptions) -> Result<Vec<(String, String)>> {
    let plans = plan(units, options)?;
    let roles: Vec<_> = plans.iter().map(|plan| plan.roles).collect();
    let include = format!("#include {}\n", options.include);
    let files = [
        ("hosts.go", hosts(&plans)),
        ("calls.go", callers(&plans)),
        ("calls.c", calls::source(&include, &roles)),
        ("calls_test.go", tests(&plans)),
    ];
    Ok(files.map(|(name, text)| (name.to_owned(), text)).into())
}

fn hosts(plans: &[Plan<'_>]) -> String {
    let bodies: String = plans.iter().map(host).collect();
    let import =
        if bodies.contains("outlive.") { "import \"outlive.dev/go/outlive\"\n\n" } else { "" };
    format!("package {}\n\n{import}{}", plans[0].options.package, bodies.trim_start())
}

/// The name of what implements the interface, or of the function.
fn host_name(plan: &Plan<'_>) -> String {
    format!("{}Host", plan.interface)
}

/// Each method returns zero.
fn host(plan: &Plan<'_>) -> String {
    let name = host_name(plan);
    let body = |method: &Method<'_>| {
        let result = result_of(method).map_or(String::new(), |ty| format!(" (result {ty})"));
        let statement = if result.is_empty() { "" } else { "\treturn\n" };
        format!("({}){result} {{\n{statement}}}\n", parameters_of(method))
    };
    if plan.table.is_function {
        let about = format!("\n// {name} is a {} that does nothing yet.\n", plan.interface);
        let functions = plan.methods.iter().map(|method| format!("func {name}{}", body(method)));
        return about + &functions.collect::<String>();
    }
    let mut out = format!(
        "\n// {name} is {}'s {} that does nothing yet.\ntype {name} struct{{}}\n",
        plan.options.package, plan.interface
    );
    for method in &plan.methods {
        out += &format!(
            "\n// {0} is the callback {1}.\nfunc ({name}) {0}{2}",
            method.go,
            method.c,
            body(method)
        );
    }
    out
}

/// The type of what holds a value.
fn held(plan: &Plan<'_>) -> String {
    match &plan.names.held {
        Some(held) => format!("*{held}"),
        None => format!("*outlive.Func[{}]", plan.interface),
    }
}

fn callers(plans: &[Plan<'_>]) -> String {
    let declared: String =
        plans.iter().map(|plan| format!("// {};\n", calls::declaration(plan.roles))).collect();
    let outlive = match plans.iter().any(|plan| plan.names.held.is_none()) {
        true => "import (\n\t\"runtime\"\n\n\t\"outlive.dev/go/outlive\"\n)\n",
        false => "import \"runtime\"\n",
    };
    let functions = plans.iter().map(|plan| {
        let interface = &plan.interface;
        let pointer = if plan.table.is_function { "Function" } else { "Table" };
        format!(
            "\n// call{interface} has C call each callback of a held {interface} once, with zeros, and returns how many it has called.\n\
             func call{interface}(held {held}) int {{\n\tdefer runtime.KeepAlive(held)\n\
             \treturn int(C.{name}(held.{pointer}(), held.UserDataPointer()))\n}}\n",
            held = held(plan),
            name = calls::name(plan.roles),
        )
    });
    let functions: String = functions.collect();
    format!(
        "package {}\n\n{declared}import \"C\"\n\n{outlive}{functions}",
        plans[0].options.package
    )
}

fn tests(plans: &[Plan<'_>]) -> String {
    let tests: String = plans.iter().map(test).collect();
    format!(
        "package {}\n\nimport (\n\t\"testing\"\n\n\t\"outlive.dev/go/outlive\"\n)\n{tests}",
        plans[0].options.package
    )
}

fn test(plan: &Plan<'_>) -> String {
    let interface = &plan.interface;
    let host = host_name(plan);
    let value = if plan.table.is_function { host } else { format!("{host}{{}}") };
    let gives_back = plan.roles.callbacks.iter().any(|callback| callback.is_last);
    let end = match gives_back {
        true => "\theld.Release() // C's last call has given it back.\n",
        false => {
            "\tif _, err := held.Revoke(); err != nil {\n\t\tt.Error(err)\n\t}\n\
             \tif err := held.Release(); err != nil {\n\t\tt.Error(err)\n\t}\n"
        }
    };
    format!(
        "\nfunc TestEachCallbackOf{interface}IsCalled(t *testing.T) {{\n\theld, err := {hold}({value})\n\
         \tif err != nil {{\n\t\tt.Fatal(err)\n\t}}\n\
         \tif calls := call{interface}(held); calls != {count} {{\n\t\tt.Errorf(\"C has called %d of {count}\", calls)\n\t}}\n\
         \tfor _, entry := range outlive.Ledger() {{\n\
         \t\tif entry.ID == held.ID() && (entry.Refused != 0 || entry.Panicked != 0) {{\n\
         \t\t\tt.Errorf(\"%d calls were refused, and %d have panicked\", entry.Refused, entry.Panicked)\n\t\t}}\n\t}}\n\
         {end}}}\n",
        hold = plan.names.hold,
        count = calls::count(plan.roles),
    )
}
