using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace StackAgent.Infrastructure.IntegrationTests.Notifications.Sending;

/// <summary>Whether a request is from StackAgent, and new.</summary>
public static class StackAgentWebhook
{
    public static bool IsGenuine(string secret, IHeaderDictionary headers, byte[] body)
    {
        var (id, timestamp) = (headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString());
        if (!long.TryParse(timestamp, out var sentAt) || sentAt is < 0 or > int.MaxValue * 2L
            || (DateTimeOffset.UtcNow - DateTimeOffset.FromUnixTimeSeconds(sentAt)).Duration() > TimeSpan.FromMinutes(5))
        {
            return false;
        }

        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        var key = Convert.FromBase64String(secret["whsec_".Length..]);
        var expected = Encoding.UTF8.GetBytes("v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed)));
        return headers["webhook-signature"].ToString().Split(' ')
            .Any(signature => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(signature), expected));
    }
}
