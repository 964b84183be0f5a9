//! Numbers as Terraform means them: decimal, of any size, never rounded on the way.

use std::fmt;
use std::str::FromStr;

use bigdecimal::{BigDecimal, ToPrimitive};

/// The largest power of ten, up or down, that a number may have.
///
/// Terraform computes with 512 bits of mantissa; nothing it can print needs more. The bound keeps a hostile `1e999999999` from
/// being written out digit by digit.
const LARGEST_EXPONENT: i64 = 10_000;

/// A decimal number, compared by value: `1.0` equals `1`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(BigDecimal);

/// The text or float is no number that Terraform could have meant: not decimal, not finite, or absurdly large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a finite decimal number of reasonable size")]
pub struct NotANumber;

impl Number {
    /// The whole number, if it is one and fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.0.is_integer().then(|| self.0.to_i64()).flatten()
    }

    /// The whole number, if it is one, is not negative and fits.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        self.0.is_integer().then(|| self.0.to_u64()).flatten()
    }

    /// The float whose shortest decimal text is this number. None where a float would round it: Terraform compares fractions by
    /// that text.
    #[must_use]
    pub fn as_exact_f64(&self) -> Option<f64> {
        let float = self.0.to_f64().filter(|float| float.is_finite())?;
        (Self::try_from(float).ok()? == *self).then_some(float)
    }

    /// Plain decimal digits, without an exponent.
    #[must_use]
    pub fn to_plain_string(&self) -> String {
        self.0.to_plain_string()
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(BigDecimal::from(value).normalized())
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self(BigDecimal::from(value).normalized())
    }
}

impl TryFrom<f64> for Number {
    type Error = NotANumber;

    /// By the shortest text that names the float, as Terraform does.
    fn try_from(value: f64) -> Result<Self, NotANumber> {
        if !value.is_finite() {
            return Err(NotANumber);
        }
        format!("{value:?}").parse()
    }
}

impl FromStr for Number {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let decimal = BigDecimal::from_str(text).map_err(|_| NotANumber)?;
        let digits = i64::try_from(decimal.digits()).map_err(|_| NotANumber)?;
        let (_, scale) = decimal.as_bigint_and_exponent();
        let exponent = digits.saturating_sub(scale);
        if exponent.abs() > LARGEST_EXPONENT || scale > LARGEST_EXPONENT {
            return Err(NotANumber);
        }
        Ok(Self(decimal.normalized()))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_plain_string())
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_are_equal_however_they_are_written() {
        assert_eq!("1.0".parse::<Number>().unwrap(), Number::from(1i64));
        assert_eq!("1e3".parse::<Number>().unwrap(), Number::from(1000u64));
        assert_eq!(Number::try_from(0.1).unwrap(), "0.1".parse().unwrap());
        assert_eq!("-0".parse::<Number>().unwrap(), Number::from(0i64));
    }

    #[test]
    fn a_float_is_offered_only_where_it_is_exact() {
        assert_eq!("0.1".parse::<Number>().unwrap().as_exact_f64(), Some(0.1));
        let third = "0.333333333333333333333333333333333"
            .parse::<Number>()
            .unwrap();
        assert_eq!(third.as_exact_f64(), None);
    }

    #[test]
    fn absurd_and_infinite_numbers_are_refused() {
        assert!("1e999999999".parse::<Number>().is_err());
        assert!("1e-999999999".parse::<Number>().is_err());
        assert!("ten".parse::<Number>().is_err());
        assert!(Number::try_from(f64::INFINITY).is_err());
    }

    #[test]
    fn whole_numbers_come_out_whole() {
        assert_eq!(
            "9223372036854775807".parse::<Number>().unwrap().as_i64(),
            Some(i64::MAX)
        );
        assert_eq!(
            "9223372036854775808".parse::<Number>().unwrap().as_i64(),
            None
        );
        assert_eq!(
            "9223372036854775808".parse::<Number>().unwrap().as_u64(),
            Some(1 << 63)
        );
        assert_eq!("2.5".parse::<Number>().unwrap().as_i64(), None);
        assert_eq!(
            "1e30".parse::<Number>().unwrap().to_plain_string(),
            format!("1{}", "0".repeat(30))
        );
    }
}
