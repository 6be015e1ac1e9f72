//! The directory, for everyone.

fn main() {
    rollcall_frontend::start_directory();
}
