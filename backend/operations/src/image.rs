//! Finds the image a revision names.

use aws_config::SdkConfig;
use aws_sdk_ssm::{Client, config::Builder};
use rollcall_aws::{AwsError, Meaning, waits::Counting};

use crate::ids::ImageId;

/// Where AWS publishes its images
/// ([public parameters](https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html)).
/// No other parameter may be named, so that this is no way to read parameters of the account.
const PUBLIC_PARAMETERS: &str = "/aws/service/ami-amazon-linux-latest/";

/// An image as a caller names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageName {
    /// The image itself.
    Id(ImageId),
    /// The path of a public SSM parameter that holds an image id.
    Parameter(String),
}

impl ImageName {
    /// Reads `ami-…` or the path of a public parameter.
    ///
    /// # Errors
    /// What it should have been.
    pub fn parse(text: &str) -> Result<Self, String> {
        let name = text.strip_prefix(PUBLIC_PARAMETERS);
        if name.is_some_and(|name| {
            !name.is_empty()
                && name.len() <= 128
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        }) {
            return Ok(Self::Parameter(text.to_owned()));
        }
        ImageId::try_from(text.to_owned()).map(Self::Id).map_err(|_| {
            format!("{text:?} is neither an image id (ami-…) nor a public parameter ({PUBLIC_PARAMETERS}…)")
        })
    }
}

/// Resolves names of images through Systems Manager. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct Images {
    client: Client,
}

/// Why an image could not be resolved.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// There is no such public parameter.
    #[error("there is no public parameter {0}")]
    NoSuchParameter(String),
    /// The parameter holds something else.
    #[error("the public parameter {parameter} holds {value:?}, which is no image id")]
    NotAnImage {
        /// The parameter's path.
        parameter: String,
        value: String,
    },
    /// Systems Manager could not be asked.
    #[error(transparent)]
    Aws(#[from] AwsError),
}

impl Images {
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self { client: Client::from_conf(Builder::from(config).interceptor(Counting).build()) }
    }

    /// The id of the image that `name` stands for now.
    ///
    /// # Errors
    /// See [`ResolveError`].
    pub async fn resolve(&self, name: ImageName) -> Result<ImageId, ResolveError> {
        let parameter = match name {
            ImageName::Id(id) => return Ok(id),
            ImageName::Parameter(parameter) => parameter,
        };
        let reply = self.client.get_parameter().name(&parameter).send().await;
        let value = match reply.map_err(|error| AwsError::read("GetParameter", error)) {
            Ok(reply) => reply.parameter.and_then(|parameter| parameter.value).unwrap_or_default(),
            Err(error) if error.meaning == Meaning::NotFound => {
                return Err(ResolveError::NoSuchParameter(parameter));
            }
            Err(error) => return Err(error.into()),
        };
        ImageId::try_from(value.clone()).map_err(|_| ResolveError::NotAnImage { parameter, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_an_id_or_a_public_parameter() {
        assert!(matches!(ImageName::parse("ami-0123456789abcdef0"), Ok(ImageName::Id(_))));
        let parameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
        assert_eq!(ImageName::parse(parameter), Ok(ImageName::Parameter(parameter.to_owned())));
    }

    #[test]
    fn parameters_of_the_account_are_out_of_reach() {
        for text in ["/rollcall/secret", "/aws/service/ami-amazon-linux-latest/../../secret", ""] {
            assert!(ImageName::parse(text).is_err(), "{text:?} was accepted");
        }
    }
}
