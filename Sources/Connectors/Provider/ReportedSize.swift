/// A number of bytes that a provider tells of a file, which may be any number: one that no integer can hold is the largest there is, one below
/// nothing is nothing.
struct ReportedSize: Decodable, Sendable, Hashable {
    let bytes: Int

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let exact = try? container.decode(Int.self) {
            bytes = max(0, exact)
        } else {
            // A number without an integer of its own: the sizes of all files as one failed answer would be worse than a rounded one.
            let number = try container.decode(Double.self)
            bytes = number < 1 ? 0 : Int(exactly: number.rounded(.up)) ?? .max
        }
    }
}
