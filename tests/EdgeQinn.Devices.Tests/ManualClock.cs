using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Tests;

/// <summary>A clock that moves only when somebody waits.</summary>
sealed class ManualClock : MonotonicClock
{
    TimeSpan _now = TimeSpan.FromHours(1); // as after some time since the boot

    public override TimeSpan Now => _now;

    public override void WaitUntil(TimeSpan time)
    {
        if (time > _now) _now = time;
    }

    public void Advance(TimeSpan time) => _now += time;
}
