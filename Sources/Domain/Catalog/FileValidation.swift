/// What a validator found in a file of a version.
package struct FileValidation: Sendable, Hashable {
    package enum Status: String, Sendable, Hashable, CaseIterable {
        case pass, fail
        /// The budget was spent before the file was looked at.
        case timeout
    }

    /// Path of the file in its version; empty for the version as a whole.
    package var path: String
    /// Name of the validator, such as `links`.
    package var validator: String
    package var status: Status
    /// What is wrong, at most 1,000 characters.
    package var detail: String?

    package init(path: String = "", validator: String, status: Status, detail: String? = nil) {
        (self.path, self.validator, self.status) = (path, validator, status)
        self.detail = detail.map { String($0.unicodeScalars.prefix(1000)) }
    }
}
