//! Who reports to whom, people in files, and people who left: what few use, or seldom.

fn main() {
    rollcall_frontend::start_records();
}
