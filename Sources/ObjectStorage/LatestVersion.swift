/// The content of `LATEST.json`.
struct LatestVersion: Codable {
    static let name = "LATEST.json"

    let version: String
}
