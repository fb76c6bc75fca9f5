namespace StackAgent.Domain.Stacks;

/// <summary><c>creating → ready | failed</c>, <c>deleting → gone</c>.</summary>
public enum StackStatus
{
    Creating,
    Ready,
    Failed,
    Deleting,
}
