//! The operations panel, for the few who may use it.

fn main() {
    rollcall_frontend::start_operations();
}
