"""The invented province of the demonstration: nobody in it exists, and every name and number shows it."""
