//! The parts of AWS, which share neither accounts nor names.

/// A part of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    /// Its name in ARNs.
    pub name: &'static str,
    /// The domain of its services.
    pub domain: &'static str,
}

const COMMERCIAL: Partition = Partition {
    name: "aws",
    domain: "amazonaws.com",
};

/// How the names of the regions of each other part begin, its name, and its domain (botocore, `partitions.json`).
const OTHERS: [(&str, &str, &str); 7] = [
    ("cn-", "aws-cn", "amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("us-iso-", "aws-iso", "c2s.ic.gov"),
    ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
    ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"),
    ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
    ("eusc-", "aws-eusc", "amazonaws.eu"),
];

impl Partition {
    /// The part that a region belongs to.
    #[must_use]
    pub fn of(region: &str) -> Self {
        let other = OTHERS.iter().find(|(begin, ..)| region.starts_with(begin));
        other.map_or(COMMERCIAL, |(_, name, domain)| Self { name, domain })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("eu-west-1", "aws", "amazonaws.com")]
    #[case("us-gov-west-1", "aws-us-gov", "amazonaws.com")]
    #[case("cn-north-1", "aws-cn", "amazonaws.com.cn")]
    #[case("us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov")]
    #[case("eu-isoe-west-1", "aws-iso-e", "cloud.adc-e.uk")]
    #[case("us-isof-south-1", "aws-iso-f", "csp.hci.ic.gov")]
    #[case("eusc-de-east-1", "aws-eusc", "amazonaws.eu")]
    fn a_region_tells_its_part_of_aws(
        #[case] region: &str,
        #[case] name: &str,
        #[case] domain: &str,
    ) {
        let part = Partition::of(region);
        assert_eq!((part.name, part.domain), (name, domain));
    }
}
