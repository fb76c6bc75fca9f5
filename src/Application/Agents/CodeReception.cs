using StackAgent.Application.Agents.Configuration;
using StackAgent.Application.Common.Storage;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Agents;

/// <summary>Takes code in from a form, for as long as somebody works with it.</summary>
internal sealed class CodeReception(ICodeStorage storage, IncomingCode incoming)
{
    /// <summary>Reads the form, unpacks and checks its code, and hands both on. What hasn't been published then is removed.</summary>
    /// <param name="agentId">Whose code it is.</param>
    /// <param name="upload">The form.</param>
    /// <param name="checkEarly">Refuses (by throwing) what came before the file, so that nobody sends 200 MB in vain.</param>
    /// <param name="check">Refuses the whole form.</param>
    /// <param name="use">Works with the form, the code, and what its <c>agent.yaml</c> says.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<T> ReceiveAsync<T>(
        Guid agentId,
        IAgentUpload upload,
        Action<AgentForm> checkEarly,
        Action<AgentForm> check,
        Func<AgentForm, IStagedCode, AgentSettings, Task<T>> use,
        CancellationToken cancellationToken)
    {
        IStagedCode? staged = null;
        try
        {
            var form = await upload.ReceiveAsync(
                async (zip, token) => staged = await storage.StageAsync(agentId, zip, token), checkEarly, cancellationToken);
            form = form with { Note = form.Note ?? form.Config?.Note.Value };
            check(form);
            if (staged is null)
                throw AgentForm.FileMissing();

            var result = await use(form, staged, await incoming.ReadSettingsAsync(staged, cancellationToken));
            UploadMetrics.Accepted(staged.Facts.PackedBytes);
            return result;
        }
        catch (Exception reason)
        {
            UploadMetrics.Refused(reason);
            throw;
        }
        finally
        {
            if (staged is not null)
                await staged.DisposeAsync();
        }
    }
}
