/// The text forms of pgvector's types (pgvector README, "halfvec" and "sparsevec").
enum VectorText {
    /// Number of dimensions of the term space: the largest that `sparsevec` allows.
    static let termDimensions = 1_000_000_000

    /// `[0.1,-0.2]`.
    static func dense(_ vector: [Float]) -> String {
        var text = "["
        text.reserveCapacity(vector.count * 12)
        for (index, value) in vector.enumerated() {
            if index > 0 { text += "," }
            text += value.description
        }
        return text + "]"
    }

    /// `{3:0.5,7:1.25}/1000000000`, with indices from 1 in rising order.
    static func sparse(_ weights: [(term: Int32, weight: Float)]) -> String {
        var text = "{"
        for (index, entry) in weights.enumerated() {
            if index > 0 { text += "," }
            text += "\(entry.term):\(entry.weight)"
        }
        return text + "}/\(termDimensions)"
    }

    /// `{1,2,3}`, an integer array.
    static func array(_ terms: [Int32]) -> String { "{" + terms.map(String.init).joined(separator: ",") + "}" }
}
