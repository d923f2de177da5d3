//! What is said of a series of samples.

/// The middle sample, or the mean of the two in the middle; NaN of none.
pub fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}

/// The smallest sample; infinite of none.
pub fn min(samples: &[f64]) -> f64 {
    samples.iter().copied().fold(f64::INFINITY, f64::min)
}

/// What the median of `samples` is to that of the reference, which was measured in the same rounds.
pub fn ratio(samples: &[f64], reference: &[f64]) -> f64 {
    median(samples) / median(reference)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_ratio_is_one_of_medians() {
        assert_eq!(ratio(&[2.0, 40.0, 6.0], &[1.0, 20.0, 3.0]), 2.0);
        assert_eq!(ratio(&[9.0, 9.0, 1.0], &[1.0, 3.0, 9.0]), 3.0);
    }
}
