internal import LinuxKernel

/// What this process' container was probably started with; only used to word a remedy.
enum ContainerEngine: Sendable, Equatable {
    case docker, podman, kubernetes, other

    /// Nil where nothing speaks for a container.
    static func current() -> ContainerEngine? {
        let environment = HostSystem.environment()
        if environment["KUBERNETES_SERVICE_HOST"] != nil { return .kubernetes }
        if PathQuestion.isThere("/run/.containerenv") || environment["container"] == "podman" {
            return .podman
        }
        if PathQuestion.isThere("/.dockerenv") || environment["container"] == "docker" {
            return .docker
        }
        return environment["container"] == nil ? nil : .other
    }

    /// What a container may be allowed.
    enum Permission: Sendable {
        case systemCalls, confinement, processes, labels
    }

    /// How to start the container with a permission; for any engine where none is known.
    static func remedy(_ permission: Permission, in engine: ContainerEngine?) -> String {
        switch (engine, permission) {
        case (.kubernetes, .systemCalls):
            "set securityContext.seccompProfile.type: Unconfined for the container"
        case (.kubernetes, .confinement):
            "set securityContext.appArmorProfile.type: Unconfined for the container"
        case (.kubernetes, .processes): "set securityContext.procMount: Unmasked for the container"
        case (.kubernetes, .labels):
            "set securityContext.seLinuxOptions.type: spc_t for the container"
        case (.podman, _): "podman run \(podman(permission)) …"
        case (.docker, _): "docker run \(docker(permission)) …"
        default: "docker run \(docker(permission)) … or podman run \(podman(permission)) …"
        }
    }

    private static func podman(_ permission: Permission) -> String {
        permission == .processes ? "--security-opt unmask=ALL" : docker(permission)
    }

    private static func docker(_ permission: Permission) -> String {
        switch permission {
        case .systemCalls: "--security-opt seccomp=unconfined"
        case .confinement: "--security-opt apparmor=unconfined"
        case .processes: "--security-opt systempaths=unconfined"
        case .labels: "--security-opt label=disable"
        }
    }
}
