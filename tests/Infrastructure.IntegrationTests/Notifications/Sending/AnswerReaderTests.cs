using StackAgent.Infrastructure.Notifications.Sending;

namespace StackAgent.Infrastructure.IntegrationTests.Notifications.Sending;

public sealed class AnswerReaderTests
{
    [Test]
    public async Task Read_WhenTimeIsUpInTheMiddle_HasWhatCameUntilThen()
    {
        using var time = new CancellationTokenSource();
        using var content = new StreamContent(new DrippingStream("some", time));

        Assert.That(await AnswerReader.ReadAsync(content, time.Token), Is.EqualTo("some"));
    }

    [Test]
    public async Task Read_WhenThereIsNothing_IsNull()
    {
        using var content = new ByteArrayContent([]);

        Assert.That(await AnswerReader.ReadAsync(content, CancellationToken.None), Is.Null);
    }

    /// <summary>A byte a read; then it is time, and no more comes.</summary>
    private sealed class DrippingStream(string text, CancellationTokenSource time) : MemoryStream
    {
        private int _read;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_read == text.Length)
            {
                await time.CancelAsync();
                cancellationToken.ThrowIfCancellationRequested();
            }

            buffer.Span[0] = (byte)text[_read++];
            return 1;
        }
    }
}
