extension String {
    /// The text without the white space at its ends, scalar by scalar, as patterns and JSON Schema count: a combining mark after a space is no
    /// white space.
    package var withoutSurroundingSpace: String {
        let body = unicodeScalars.drop(while: \.properties.isWhitespace).reversed().drop(while: \.properties.isWhitespace)
        return String(String.UnicodeScalarView(body.reversed()))
    }
}

extension Unicode.Scalar {
    /// Whether it is a control character other than white space.
    package var isInvisibleControl: Bool { properties.generalCategory == .control && !properties.isWhitespace }
}
