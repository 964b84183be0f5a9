//! Whether an address can be written so that it reads the same.

use std::net::Ipv6Addr;

use super::{Address, AddressError, Scheme};

impl Address {
    /// Whether it can be written so that it reads the same.
    ///
    /// # Errors
    /// The first part that cannot.
    pub fn check(&self) -> Result<(), AddressError> {
        self.check_place()?;
        let path_is_good = self.path.as_ref().is_none_or(|path| {
            let slash_at_an_end = path.starts_with('/') || path.ends_with('/');
            !path.is_empty() && !slash_at_an_end && !path.contains(char::is_control)
        });
        if !path_is_good {
            return Err(AddressError::BadPath);
        }
        if self.region.as_ref().is_some_and(String::is_empty) {
            return Err(AddressError::EmptyRegion);
        }
        let parameters = [
            ("region", self.region.is_some()),
            ("tls", self.tls.is_some()),
            ("force_path_style", self.force_path_style.is_some()),
        ];
        match parameters.into_iter().find(|(_, given)| *given) {
            Some((parameter, _)) if !self.scheme.speaks_s3() => {
                Err(AddressError::ForeignParameter {
                    parameter,
                    scheme: self.scheme,
                })
            }
            _ => Ok(()),
        }
    }

    fn check_place(&self) -> Result<(), AddressError> {
        match (self.scheme, self.host.as_deref()) {
            (Scheme::Az, None | Some("")) => return Err(AddressError::NoAccount),
            (Scheme::Az, Some(account)) if !account.chars().all(|c| c.is_ascii_alphanumeric()) => {
                return Err(AddressError::BadAccount);
            }
            (Scheme::Gs, Some(_)) => return Err(AddressError::HostOfGoogle),
            (Scheme::S3 | Scheme::Cw, Some(host)) => check_host(host)?,
            (Scheme::S3 | Scheme::Cw, None) if self.bucket.contains('.') && self.path.is_some() => {
                return Err(AddressError::BucketLikeHost);
            }
            _ => {}
        }
        let word = match self.scheme {
            Scheme::Az => "container",
            _ => "bucket",
        };
        match (self.bucket.is_empty(), self.scheme) {
            (true, Scheme::Az) => Err(AddressError::NoContainer),
            (true, Scheme::Cw) => Err(AddressError::NoBucketOfCoreWeave),
            (true, _) => Err(AddressError::NoBucket),
            (false, _) if self.bucket.chars().all(is_of_a_name) => Ok(()),
            (false, _) => Err(AddressError::BadName { word }),
        }
    }
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

fn check_host(host: &str) -> Result<(), AddressError> {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    };
    let in_brackets = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    let name_is_good = match in_brackets {
        Some(number) => number.parse::<Ipv6Addr>().is_ok(),
        None => !name.is_empty() && name.chars().all(is_of_a_name),
    };
    let port_is_good = port.is_none_or(|port| {
        port.bytes().all(|byte| byte.is_ascii_digit())
            && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    if !name_is_good || !port_is_good {
        Err(AddressError::BadHost)
    } else if !host.contains(['.', ':']) {
        Err(AddressError::HostLikeBucket)
    } else {
        Ok(())
    }
}
