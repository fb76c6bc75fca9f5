using System.Diagnostics.Metrics;

namespace StackAgent.Application.Common.Telemetry;

/// <summary>A part of one server that can be asked how much there is of something.</summary>
public interface IGauges
{
    /// <summary>Adds its instruments to the server's own meter, whose end is theirs. Called once, and only when somebody wants metrics.</summary>
    void AddTo(Meter meter);
}
