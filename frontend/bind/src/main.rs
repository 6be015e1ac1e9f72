//! Joins the site's WebAssembly to the browser: `rollcall-bind <application.wasm> <folder>` writes into the folder what
//! `wasm-bindgen --target web --no-typescript --out-name rollcall` would.
//!
//! That program is the library used here, and a web server, a TLS stack and more that a build has no use for: installing
//! it from source took a quarter of all the work of a first `make run`.

use std::{env, error::Error};

use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let [application, folder] = arguments.as_slice() else {
        return Err("give the application's .wasm and the folder to write into".into());
    };
    Bindgen::new()
        .input_path(application)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(false)
        .out_name("rollcall")
        .generate(folder)?;
    Ok(())
}
