"""Policy files: what they may say, where each value comes from, and the verdict they give."""
