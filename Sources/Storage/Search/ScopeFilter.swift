import Domain
import Postgres

/// The condition that keeps a statement inside a scope.
enum ScopeFilter {
    /// Over `portolan.documentation d`, `portolan.library_version v` and `portolan.library l`.
    static func condition(_ scope: SearchScope) -> SQL {
        var condition: SQL = "true"
        if let documentation = scope.documentation { condition.append(" and d.id = \(documentation.uuid)") }
        if let library = scope.library { condition.append(" and l.name = \(library)") }
        if let version = scope.version {
            // "latest" names the latest version there is, unless a version has just that name.
            condition.append(
                """
                 and (v.version = \(version) or (\(version) = 'latest' and v.is_latest and not exists (
                  select from portolan.library_version named where named.library_id = v.library_id and named.version = 'latest')))
                """)
        }
        return condition
    }
}
