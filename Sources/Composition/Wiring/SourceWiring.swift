import Connectors
import Domain
import Policy

extension Backends {
    /// The kinds of sources that this deployment can read: a connector is a row here and a folder in `Connectors`.
    func sources(gates: GateRegistry) -> SourceRegistry {
        SourceRegistry([
            WebsiteConnector(fetcher: fetcher, policy: urlPolicy, gates: gates)
        ])
    }
}
