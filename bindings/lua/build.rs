//! Compiles the shim.

fn main() {
    println!("cargo:rerun-if-changed=c/shim.c");
    let headers = std::env::var("DEP_LUA_INCLUDE").expect("mlua-sys says where the headers are");
    let mut shim = cc::Build::new();
    shim.file("c/shim.c").include(headers).std("c11");
    shim.warnings(true).extra_warnings(true).warnings_into_errors(true).compile("outlive_lua_shim");
}
