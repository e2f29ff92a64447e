//! What was wrong with a form that came back, beside the fields it is about.

/// Refusals of a form: sentences in the reader's language, made by whoever refused. None of them blames.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    /// What is not about one field.
    pub general: Option<String>,
    /// Name of the field and the sentence, in the order of the form.
    pub fields: Vec<(String, String)>,
}

impl Problems {
    /// No refusals: a form shown for the first time.
    pub fn none() -> Self {
        Self::default()
    }

    /// The sentence about `field`, if there is one.
    pub fn about(&self, field: &str) -> Option<&str> {
        self.fields.iter().find(|(name, _)| name == field).map(|(_, sentence)| sentence.as_str())
    }

    /// Whether anything was refused.
    pub fn any(&self) -> bool {
        self.general.is_some() || !self.fields.is_empty()
    }
}
