//! Pictures that people choose: read, cropped, turned and shrunk in the browser, before anything is sent.

mod chosen;
mod crop;
mod cropper;

pub(crate) use self::{chosen::Chosen, cropper::Cropper};
