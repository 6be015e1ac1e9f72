//! Which instance types hosts of this deployment may have: whoever may make a revision must not be able to launch the dearest
//! machine there is. The function's role admits the same list (`InstanceTypes` in infra/identity.yaml).

use crate::ids::InstanceType;

/// The instance types that hosts may have, in the order in which people read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceTypes(Vec<InstanceType>);

impl InstanceTypes {
    /// The types in a list with commas.
    ///
    /// # Errors
    /// The first that is none, or that there is none at all.
    pub fn parse(list: &str) -> Result<Self, String> {
        let types = list.split(',').map(|it| InstanceType::try_from(it.trim().to_owned()));
        types.collect::<Result<Vec<_>, _>>().map(Self)
    }

    /// The type with this name, if hosts may have it.
    ///
    /// # Errors
    /// What is wrong with it, and which ones there are.
    pub(super) fn admit(&self, name: &str) -> Result<InstanceType, String> {
        let wanted = InstanceType::try_from(name.trim().to_owned())?;
        if self.0.contains(&wanted) {
            return Ok(wanted);
        }
        let names = self.0.iter().map(InstanceType::as_str).collect::<Vec<_>>().join(", ");
        Err(format!("is {}; hosts here may be {names} (InstanceTypes of the deployment)", wanted.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_that_is_not_on_the_list_is_refused_with_those_that_are() {
        let types = InstanceTypes::parse("t2.micro, t3.micro").expect("types");
        assert_eq!(types.admit(" t3.micro ").map(String::from), Ok("t3.micro".to_owned()));
        let refused = types.admit("u7in-32tb.224xlarge").expect_err("not on the list");
        assert!(
            refused.contains("u7in-32tb.224xlarge") && refused.contains("t2.micro, t3.micro"),
            "{refused}"
        );
        assert!(types.admit("big").is_err());
    }

    #[test]
    fn a_list_of_nothing_is_none() {
        assert!(InstanceTypes::parse("").is_err() && InstanceTypes::parse("t3.micro,").is_err());
    }
}
