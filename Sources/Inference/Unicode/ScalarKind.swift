/// What the reference tokenizer does with a scalar before it looks for words.
enum ScalarKind {
    /// Dropped: controls, private use, most formatting characters.
    case removed
    /// Ends a word.
    case space
    /// An ideograph, a word by itself.
    case ideograph
    /// Part of a word, or punctuation.
    case other
}

// The reference library carries the tables of Unicode 8, so that scalars assigned later count for nothing, and the few whose
// category changed since are listed by value. Its fifth block of ideographs begins at 2B920, not at 2B820.
extension Unicode.Scalar {
    var kind: ScalarKind {
        if value == 0xFFFD { return .removed }
        switch properties.generalCategory {
        case .control, .privateUse: return .removed
        case .format: return isInUnicode8 ? .removed : .other
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: return .space
        default: break
        }
        switch value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F, 0x2B920...0x2CEAF,
            0xF900...0xFAFF, 0x2F800...0x2FA1F:
            return .ideograph
        default: return .other
        }
    }

    /// A nonspacing mark, which the tokenizer strips: accents after decomposition.
    var isMark: Bool {
        switch value {
        case 0..<0x300, 0x1885, 0x1886, 0xA9BD, 0x111C9: false
        case 0x1734, 0x1171E: true
        default: properties.generalCategory == .nonspacingMark && isInUnicode8
        }
    }

    /// Printable ASCII that is neither letter nor digit, or category P: a word by itself.
    var isTokenPunctuation: Bool {
        switch value {
        case 33...47, 58...64, 91...96, 123...126, 0x166D, 0x111C9: return true
        case 0..<128: return false
        default: break
        }
        switch properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
            .otherPunctuation:
            return isInUnicode8
        default: return false
        }
    }

    private var isInUnicode8: Bool { properties.age.map { $0.major <= 8 } ?? false }
}
